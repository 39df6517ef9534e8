"""The first page of each reader: the visitor, the chapter lead, headquarters."""
