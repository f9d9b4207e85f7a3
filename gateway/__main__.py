"""`python -m gateway` is `headwater`."""

from gateway.cli.main import run

if __name__ == "__main__":
    run()
