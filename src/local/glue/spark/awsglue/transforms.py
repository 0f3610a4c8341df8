"""Transforms, as Glue Studio writes them."""


class ApplyMapping:
    """Columns by (name, type, new name, new type)."""

    @staticmethod
    def apply(frame, mappings, **_):
        """Applies it."""
        return frame.apply_mapping(mappings)


class SelectFields:
    """Some columns alone."""

    @staticmethod
    def apply(frame, paths, **_):
        """Applies it."""
        return frame.select_fields(paths)


class DropFields:
    """All columns but some."""

    @staticmethod
    def apply(frame, paths, **_):
        """Applies it."""
        return frame.drop_fields(paths)


class RenameField:
    """A column under another name."""

    @staticmethod
    def apply(frame, old_name, new_name, **_):
        """Applies it."""
        return frame.rename_field(old_name, new_name)


class Filter:
    """Some rows alone."""

    @staticmethod
    def apply(frame, f, **_):
        """Applies it."""
        return frame.filter(f)


class Join:
    """Inner join."""

    @staticmethod
    def apply(frame1, frame2, keys1, keys2, **_):
        """Applies it."""
        return frame1.join(keys1, keys2, frame2)
