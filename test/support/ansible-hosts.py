"""Answers which hosts Ansible takes for many patterns: one start of Ansible for all of them.

Reads {"inventory": FILE, "patterns": [...]} and prints, for each pattern, the hosts of `ansible PATTERN --list-hosts`,
those that `--limit PATTERN` leaves of all, the parts that it warns about, and the error if there is one.
"""
import json
import sys

from ansible.errors import AnsibleError
from ansible.inventory import manager as manager_module
from ansible.inventory.manager import InventoryManager
from ansible.parsing.dataloader import DataLoader

warnings = []
manager_module.display.warning = lambda message, *rest, **more: warnings.append(message)


def ask(manager, explicit_localhost, action):
    # What one question leaves behind must not answer the next.
    manager.clear_caches()
    manager._inventory.localhost = explicit_localhost
    warnings.clear()
    try:
        hosts = [str(host) for host in action()]
        return {'hosts': hosts, 'warnings': list(warnings)}
    except AnsibleError as error:
        return {'hosts': [], 'warnings': list(warnings), 'error': str(error)}
    except Exception as error:
        return {'hosts': [], 'warnings': list(warnings), 'error': 'a fault of Ansible: %r' % error}
    finally:
        manager.subset(None)


def limited(manager, pattern):
    manager.subset(pattern)
    return manager.list_hosts('all')


def main():
    asked = json.load(sys.stdin)
    manager = InventoryManager(loader=DataLoader(), sources=[asked['inventory']])
    localhost = manager._inventory.localhost
    answers = []
    for pattern in asked['patterns']:
        answers.append({
            'listed': ask(manager, localhost, lambda: manager.list_hosts(pattern)),
            'limited': ask(manager, localhost, lambda: limited(manager, pattern)),
        })
    groups = {name: [str(host) for host in group.get_hosts()] for name, group in manager.groups.items()}
    json.dump({'groups': groups, 'answers': answers}, sys.stdout)


main()
