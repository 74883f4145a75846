#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""An add-on of cppcheck that checks nothing: it says which functions were analysed, and on which lines they are."""
import json
import re
import sys

FUNCTION = re.compile(r'<scope id="\w+" type="Function" className="(\w+)" bodyStart="(\w+)" bodyEnd="(\w+)"')
TOKEN = re.compile(r'<token id="(\w+)" file="([^"]*)" linenr="(\d+)"')


def functions(text):
    """(file, name, first line of the body, last) of each function of a dump."""
    token = {key: (file, int(line)) for key, file, line in TOKEN.findall(text)}
    for name, first, last in FUNCTION.findall(text):
        yield token[first][0], name, token[first][1], token[last][1]


def main():
    for path in sys.argv[1:]:
        if path.endswith('.dump'):
            with open(path, encoding='utf-8', errors='replace') as dump:
                for file, name, first, last in functions(dump.read()):
                    print(json.dumps({'file': file, 'linenr': first, 'column': 0, 'severity': 'information',
                                      'message': f'{name} {last}', 'addon': 'functions', 'errorId': 'seen',
                                      'extra': ''}))


if __name__ == '__main__':
    main()
