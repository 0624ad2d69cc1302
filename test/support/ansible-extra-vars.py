"""Answers what Ansible makes of extra variables: one start of Ansible for all questions.

Reads a JSON list of lists of texts, each as they would be given by -e, and prints for each list the variables, or the error.
"""
import json
import sys

from ansible import constants, context
from ansible.errors import AnsibleError
from ansible.module_utils.common.collections import ImmutableDict
from ansible.parsing.dataloader import DataLoader
from ansible.utils.vars import load_extra_vars

constants.DEFAULT_HASH_BEHAVIOUR = 'merge'
answers = []
for given in json.load(sys.stdin):
    context.CLIARGS = ImmutableDict(extra_vars=tuple(given))
    load_extra_vars.extra_vars = None
    try:
        answers.append({'values': load_extra_vars(DataLoader())})
    except AnsibleError as error:
        answers.append({'error': str(error)})
    except Exception as error:
        answers.append({'error': 'a fault of Ansible: %r' % error})
json.dump(answers, sys.stdout)
