"""Which Python driver speaks with which SQL database, and what to install to have it.

In charge of the one table of them: a deployment is held to it when it is read, and a
source is opened by it. Must never import a driver: that costs, and it may be missing.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from types import MappingProxyType

from gateway.record import Model

_LIBRARY = "sqlalchemy"


class Driver(Model, frozen=True):
    """How a database is spoken with.

    ``name`` is SQLAlchemy's (``mysql+asyncmy``), ``dialect`` sqlglot's word for its
    SQL, ``module`` what must be importable, ``extra`` what brings it.
    """

    name: str
    dialect: str
    module: str
    extra: str

    @property
    def missing(self) -> str | None:
        """What has to be installed first, as a command; None where it is there."""
        if all(map(_is_there, (_LIBRARY, self.module))):
            return None
        if not self.extra:
            return "pip install sqlalchemy and the driver of this database"
        return f"pip install 'headwater[{self.extra}]'"


DRIVERS: Mapping[str, Driver] = MappingProxyType(
    {
        "mysql": Driver("mysql+asyncmy", "mysql", "asyncmy", "mysql"),
        "mariadb": Driver("mariadb+asyncmy", "mysql", "asyncmy", "mysql"),
        "sqlite": Driver("sqlite+pysqlite", "sqlite", "sqlite3", "sqlite"),
        "trino": Driver("trino", "trino", "trino.sqlalchemy", "trino"),
        "snowflake": Driver(
            "snowflake", "snowflake", "snowflake.sqlalchemy", "snowflake"
        ),
        "bigquery": Driver("bigquery", "bigquery", "sqlalchemy_bigquery", "bigquery"),
        "redshift": Driver(
            "redshift+psycopg2", "redshift", "sqlalchemy_redshift", "redshift"
        ),
        "databricks": Driver(
            "databricks", "databricks", "databricks.sqlalchemy", "databricks"
        ),
        "oracle": Driver("oracle+oracledb", "oracle", "oracledb", "oracle"),
        "mssql": Driver("mssql+pyodbc", "tsql", "pyodbc", "mssql"),
    }
)
"""By the scheme of a URL, without the driver that may be named in it."""


def driver_of(url: str) -> Driver:
    """The driver of a URL: the one that it names, else ours for its database.

    One that nobody here knows is SQLAlchemy's to find; its SQL is read as standard SQL.
    """
    scheme = url.partition("://")[0]
    database, named, _ = scheme.partition("+")
    known = DRIVERS.get(database)
    if known is not None and (not named or scheme == known.name):
        return known
    if known is not None:
        return Driver(scheme, known.dialect, _LIBRARY, known.extra)
    return Driver(scheme, "", _LIBRARY, "")


def _is_there(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:
        return False
