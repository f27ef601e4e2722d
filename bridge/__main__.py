"""`python -m bridge` is `handrail`."""

from bridge.cli import main

if __name__ == "__main__":
    main()
