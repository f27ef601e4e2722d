"""Where everything is kept. Tortoise lives here and nowhere else; what goes in and out are domain records."""
