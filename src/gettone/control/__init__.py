"""Use cases: who may change what, and its publication. The only writer; sees the store through its interface alone."""
