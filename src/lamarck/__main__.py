"""``python -m lamarck``."""

from lamarck.cli import main

if __name__ == "__main__":
    main()
