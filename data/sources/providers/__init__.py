"""One module a provider with a constant `SOURCE`, found by walking this package; and what several of them share.

Only modules here know the names of providers' fields."""
