"""The bots' HTTP interface: authenticate, validate, translate, call the desk."""
