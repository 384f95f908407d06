"""YAML files whose mappings remember where they stand, so that errors can say file and line."""
import difflib

import yaml


class SpecError(Exception):
    """The description is wrong; `problems` lists every finding as "file:line: text"."""

    def __init__(self, problems):
        self.problems = list(problems)
        super().__init__("\n".join(self.problems))


class Node(dict):
    """A YAML mapping that knows its file and line."""

    file = ""
    line = 0

    @property
    def place(self):
        return "%s:%d" % (self.file, self.line)


# The C parser is several times faster; both have the same Python constructor.
class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    file = ""


def _mapping(loader, node):
    out = Node()
    out.file, out.line = loader.file, node.start_mark.line + 1
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if key in out:
            raise SpecError(["%s:%d: key '%s' stands twice in one mapping"
                             % (loader.file, key_node.start_mark.line + 1, key)])
        out[key] = loader.construct_object(value_node, deep=True)
    return out


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def load(path, name):
    """The document of one file; `name` is what errors call it."""
    with open(path, encoding="utf-8") as stream:
        loader = _Loader(stream)
        loader.file = name
        try:
            document = loader.get_single_data()
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            raise SpecError(["%s:%d: %s" % (name, mark.line + 1 if mark else 1, error.problem)]) from error
        finally:
            loader.dispose()
    if not isinstance(document, Node):
        raise SpecError(["%s:1: not a mapping" % name])
    return document


def nearest(word, known):
    """" (did you mean 'x'?)" if something known is close to the word."""
    close = difflib.get_close_matches(str(word), [str(k) for k in known], 1)
    return " (did you mean '%s'?)" % close[0] if close else ""
