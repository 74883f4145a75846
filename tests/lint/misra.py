#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs cppcheck's MISRA C:2012 add-on, and holds what it finds against the list of deviations.

misra.py LIST FOLDER FLAG... -- FILE...: wrong are a finding that the list does not allow, an entry of the list that
allows nothing, a function that was not analysed, and a header that was not there. FOLDER is for cppcheck's own files.
"""
import collections
import os
import re
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(__file__)
# Those from which nobody may deviate.
MANDATORY = '9.1 12.5 13.6 17.3 17.4 17.6 19.1 21.13 21.17 21.18 21.19 21.20 22.2 22.4 22.5 22.6'.split()
# What cppcheck knows from its own descriptions of the C library and of POSIX, and needs no header for.
DESCRIBED = set('''errno.h limits.h signal.h stdarg.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h time.h
    arpa/inet.h fcntl.h getopt.h inttypes.h netdb.h netinet/in.h netinet/tcp.h poll.h pthread.h strings.h
    sys/mman.h sys/random.h sys/socket.h sys/stat.h sys/time.h sys/types.h unistd.h'''.split())
# What it has no value for.
DEFINES = ['-DCHAR_BIT=8', '-DPATH_MAX=4096', '-DINET6_ADDRSTRLEN=46']
TEMPLATE = '{file}\t{line}\t{id}\t{severity}\t{message}'

Finding = collections.namedtuple('Finding', 'file line id severity message')


class Entry:
    """One deviation: from a rule, in a file, a function or anywhere, on lines that look like its pattern."""

    def __init__(self, rule, where, pattern, number):
        self.rule, self.number, self.used = rule, number, 0
        self.file, _, self.function = where.partition(':')
        self.pattern = re.compile(pattern or '')

    def allows(self, rule, file, function, text):
        """Whether such a finding is deviated from, of which note is taken."""
        fits = (rule == self.rule and self.file in ('*', file) and self.function in ('', function)
                and self.pattern.search(text) is not None)
        self.used += fits
        return fits


def read_list(path):
    """The entries, or what is wrong with the list."""
    entries, wrong, rule, reason = [], [], None, True
    with open(path, encoding='utf-8') as lines:
        for number, line in enumerate(lines, 1):
            line = line.rstrip()
            if not line or line.startswith('#'):
                continue
            head = re.fullmatch(r'([1-9]\d*\.\d+) (required|advisory): \S.*', line)
            entry = re.fullmatch(r'  (\S+)(?: /(.*)/)?: (.*)', line)
            if head:
                rule = head[1]
                if rule in MANDATORY:
                    wrong.append(f'{path}:{number}: rule {rule} is mandatory')
            elif entry and rule and entry[3]:
                entries.append(Entry(rule, entry[1], entry[2], number))
            elif not (rule and line.startswith('    ')):
                wrong.append(f'{path}:{number}: neither a rule nor a deviation with its reason')
    return entries, wrong


def cppcheck(arguments):
    """What it says, as findings."""
    command = ['cppcheck', '--quiet', '--std=c99', '--platform=unix64', '--library=posix', f'--template={TEMPLATE}',
               *DEFINES, *arguments]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode != 0:
        sys.exit(f'{" ".join(command)}\n{run.stdout}{run.stderr}')
    said = [line.split('\t') for line in run.stderr.splitlines()]
    return [Finding(words[0], int(words[1]), *words[2:]) for words in said if len(words) == 5], \
        [' '.join(words) for words in said if len(words) != 5]


def missing_headers(flags, files):
    """Headers without which the analysis would know less than it seems to."""
    found, wrong = cppcheck(['--check-config', '--enable=information', *flags, *files])
    for one in found:
        name = re.search(r'Include file: ["<]([^">]+)[">] not found', one.message)
        if name and name[1] not in DESCRIBED:
            wrong.append(f'{one.file}:{one.line}: {name[1]} is not there')
    return wrong


def functions_of(files):
    """The line on which each function begins, by (file, name), as pmccabe sees them."""
    run = subprocess.run(['pmccabe', *files], capture_output=True, text=True, check=True)
    return {(m[1], m[3]): int(m[2]) for m in re.finditer(r'\t(\S+)\((\d+)\): (\w+)$', run.stdout, re.M)}


class Sources:
    """Lines and functions by their place."""

    def __init__(self, seen, first_lines):
        self.spans = collections.defaultdict(list)
        self.lines = {}
        for one in seen:
            name, last = one.message.split()
            self.spans[one.file].append((first_lines.get((one.file, name), one.line), int(last), name))

    def text(self, file, line):
        if file not in self.lines:
            with open(file, encoding='utf-8') as source:
                self.lines[file] = source.read().split('\n')
        return self.lines[file][line - 1].strip()

    def function(self, file, line):
        return next((name for first, last, name in self.spans[file] if first <= line <= last), '')


def analyse(folder, flags, files):
    """Findings of the add-on in the project's own sources, these sources, and what is wrong with the analysis."""
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    found, wrong = cppcheck(['-j2', f'--cppcheck-build-dir={folder}', '--addon=misra',
                             f'--addon={HERE}/functions.py', '--enable=style,information', *flags, *files])
    found = sorted(set(found))
    seen = [one for one in found if one.id == 'functions-seen']
    broken = [one for one in found if one.id == 'misra-config' or one.severity in ('error', 'information')
              and one.id not in ('functions-seen', 'missingIncludeSystem')]
    wrong += [f'{one.file}:{one.line}: {one.id}: {one.message}' for one in broken]
    first_lines = functions_of(files)
    names = {(one.file, one.message.split()[0]) for one in seen if one.file in files}
    wrong += [f'{file}: {name}() is seen by cppcheck or pmccabe alone'
              for file, name in sorted(first_lines.keys() ^ names)]
    own = tuple({f'{name.split("/")[0]}/' for name in files} | {'include/'})
    return ([one for one in found if one.id.startswith('misra-c2012-') and one.file.startswith(own)],
            Sources(seen, first_lines), wrong)


def main():
    began = time.monotonic()
    path, folder, *flags = sys.argv[1:sys.argv.index('--')]
    files = sys.argv[sys.argv.index('--') + 1:]
    entries, wrong = read_list(path)
    wrong += missing_headers(flags, files)
    found, sources, not_analysed = analyse(folder, flags, files)
    wrong += not_analysed
    for one in found:
        rule = one.id.rpartition('-')[2]
        place = rule, one.file, sources.function(one.file, one.line), sources.text(one.file, one.line)
        if not any([entry.allows(*place) for entry in entries]):
            wrong.append(f'{one.file}:{one.line}: rule {rule}: {place[3]}')
    wrong += [f'{path}:{entry.number}: nothing deviates from rule {entry.rule} as this says'
              for entry in entries if not entry.used]
    functions = sum(len(sources.spans[file]) for file in files)
    summary = (
        f'MISRA C:2012: {len(files)} files, {functions} functions, {len(found)} findings, '
        f'{len(entries)} deviations from {len({entry.rule for entry in entries})} rules, {len(wrong)} wrong, '
        f'{time.monotonic() - began:.0f} s')
    if wrong:
        sys.exit('\n'.join([*wrong, summary]))
    print(summary)


if __name__ == '__main__':
    main()
