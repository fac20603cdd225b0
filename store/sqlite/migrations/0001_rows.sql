-- Keys are bytes: they may hold NUL, which is no text elsewhere. The checksum
-- covers the whole row, see package record.
CREATE TABLE current_rows (
    namespace TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    key       BLOB    NOT NULL,
    value     TEXT    NOT NULL,
    sum       INTEGER NOT NULL,
    PRIMARY KEY (namespace, kind, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE history_rows (
    namespace TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    key       BLOB    NOT NULL,
    value     TEXT    NOT NULL,
    sum       INTEGER NOT NULL,
    PRIMARY KEY (namespace, kind, key)
) STRICT, WITHOUT ROWID;
