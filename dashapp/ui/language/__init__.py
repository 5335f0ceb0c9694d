"""The words of the product and the language a reader gets.

Numbers and dates as text are `dashapp/ui/format.py`."""
