"""Answers many questions about texts with one start of the real programs: referees.py KIND < QUESTIONS > ANSWERS, both in JSON."""
import base64
import configparser
import json
import sys
import tomllib


def toml(text):
    try:
        return {'value': tomllib.loads(text)}
    except (tomllib.TOMLDecodeError, UnicodeError) as error:
        return {'error': str(error)}


def config(text):
    parser = configparser.ConfigParser(inline_comment_prefixes=(';',))
    try:
        parser.read_string(text)
        return {'value': {name: dict(parser.items(name, raw=True)) for name in parser.sections()}}
    except configparser.Error as error:
        return {'error': str(error)}


def vault(question):
    from ansible import constants
    from ansible.errors import AnsibleError
    from ansible.parsing.vault import VaultLib, VaultSecret

    constants.DEFAULT_VAULT_ID_MATCH = question['onlyMatching']
    secrets = [(each['id'], VaultSecret(each['password'].encode())) for each in question['secrets']]
    try:
        content = VaultLib(secrets).decrypt(question['text'].encode())
        opened = {'content': base64.b64encode(content).decode()}
    except AnsibleError as error:
        opened = {'error': str(error)}
    except Exception as error:
        opened = {'error': 'a fault of Ansible: %r' % error}
    chosen, secret = secrets[0]
    own = VaultLib(secrets).encrypt(base64.b64decode(question['content']), secret, vault_id=chosen)
    return {'opened': opened, 'encrypted': own.decode()}


def inventory(path):
    from ansible import context
    from ansible.cli.inventory import InventoryCLI
    from ansible.errors import AnsibleError
    from ansible.inventory.manager import InventoryManager
    from ansible.module_utils.common.collections import ImmutableDict
    from ansible.parsing.dataloader import DataLoader
    from ansible.vars.manager import VariableManager

    context.CLIARGS = ImmutableDict(yaml=False, toml=False, export=False, basedir=None)
    cli = InventoryCLI(['ansible-inventory', '--list'])
    try:
        cli.loader = DataLoader()
        cli.inventory = InventoryManager(loader=cli.loader, sources=[path])
        cli.vm = VariableManager(loader=cli.loader, inventory=cli.inventory)
        return {'value': json.loads(cli.dump(cli.json_inventory(cli._get_group('all'))))}
    except AnsibleError as error:
        return {'error': str(error)}
    except Exception as error:
        return {'error': 'a fault of Ansible: %r' % error}


def main():
    kind = {'toml': toml, 'config': config, 'vault': vault, 'inventories': inventory}[sys.argv[1]]
    json.dump([kind(question) for question in json.load(sys.stdin)], sys.stdout, default=str)


main()
