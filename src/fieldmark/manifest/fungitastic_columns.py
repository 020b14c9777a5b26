"""What FungiTastic calls its columns; read where studies are, so that no table is loaded here."""

from typing import Final

LEAF: Final = "species"
COLUMNS: Final = {
    "id": "filename",
    "path": "path",
    "ranks": ("phylum", "class", "order", "family", "genus", LEAF),
    "group": "observationID",
}
NUMBER: Final = "category_id"
