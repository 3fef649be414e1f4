/** Every English text of the screens, by screen. */
import { apps } from './en/apps.ts';
import { auth } from './en/auth.ts';
import { common, error, nav, role, status } from './en/common.ts';
import { connections } from './en/connections.ts';
import { connector } from './en/connector.ts';
import { fields } from './en/fields.ts';
import { home } from './en/home.ts';
import { notifications } from './en/notifications.ts';
import { runs } from './en/runs.ts';
import { settings } from './en/settings.ts';
import { schedule } from './en/schedule.ts';
import { editor, upgrade, workflows } from './en/workflows.ts';

export const en = {
  common,
  error,
  nav,
  role,
  status,
  auth,
  home,
  runs,
  notifications,
  fields,
  connections,
  apps,
  schedule,
  workflows,
  editor,
  upgrade,
  connector,
  settings,
};
