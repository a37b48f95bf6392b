import {backupCommand} from './backup.js';
import type {CommandDefinition} from './command.js';
import {detectCommand} from './detect.js';
import {listCommand} from './list.js';
import {logsCommand} from './logs.js';
import {pruneCommand} from './prune.js';
import {restoreCommand} from './restore.js';
import {rollbackCommand} from './rollback.js';
import {troubleshootCommand} from './troubleshoot.js';
import {upgradeCommand} from './upgrade.js';
import {verifyCommand} from './verify.js';

/** Every command that works, in the order in which `--help` lists them. A command is one line here and one file beside. */
export const commands: readonly CommandDefinition[] = [
	detectCommand,
	backupCommand,
	listCommand,
	pruneCommand,
	verifyCommand,
	restoreCommand,
	rollbackCommand,
	upgradeCommand,
	troubleshootCommand,
	logsCommand,
];
