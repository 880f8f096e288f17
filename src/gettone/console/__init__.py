"""The console: HTML over control. It holds no rule: a page reads a form, asks control once, and shows the answer."""
