"""What stands above a view: which view, which days, narrowed to what.

The view itself is its page's."""
