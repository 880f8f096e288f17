"""How fast Gettone is, beside what else there is. Must not be imported by the product."""
