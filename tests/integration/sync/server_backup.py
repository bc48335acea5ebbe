"""The server's backup, taken and put back while it runs."""

from dataclasses import dataclass

from server.identity import begin_epoch
from tests.server.laptops import Cooperation


@dataclass
class Backup:
    """What the server held of one cooperation at one moment."""

    cooperation: Cooperation

    def take(self) -> None:
        with self.cooperation.server.connect() as connection:
            connection.execute("DROP TABLE IF EXISTS kept_change, kept_row, kept_cooperation, kept_tally, kept_device")
            connection.execute("CREATE TABLE kept_tally AS SELECT * FROM tally")
            connection.execute("CREATE TABLE kept_device AS SELECT * FROM device")
            connection.execute("CREATE TABLE kept_change AS SELECT * FROM change")
            connection.execute("CREATE TABLE kept_row AS SELECT * FROM row")
            connection.execute("CREATE TABLE kept_cooperation AS SELECT * FROM cooperation")

    def restore(self, *, is_said: bool = True) -> None:
        with self.cooperation.server.connect() as connection:
            connection.execute("DELETE FROM change")
            connection.execute("DELETE FROM row")
            connection.execute("DELETE FROM tally")
            connection.execute("INSERT INTO tally SELECT * FROM kept_tally")
            connection.execute(
                "UPDATE device SET highest_sequence = kept.highest_sequence, turn = kept.turn,"
                " turn_before = kept.turn_before, is_turn_used = kept.is_turn_used"
                " FROM kept_device kept WHERE kept.id = device.id"
            )
            connection.execute("INSERT INTO change SELECT * FROM kept_change")
            connection.execute("INSERT INTO row SELECT * FROM kept_row")
            if is_said:
                connection.execute(
                    "UPDATE cooperation SET position = kept.position FROM kept_cooperation kept"
                    " WHERE kept.id = cooperation.id"
                )
                begin_epoch(connection)
