export const notifications = {
  title: 'Notifications',
  lead: 'What failed, takes long or waits for somebody. Everybody reads for themselves.',
  bell: 'Notifications, none unread | Notifications, {shown} unread | Notifications, {shown} unread',
  none: 'Nothing was told yet',
  all: 'All notifications',
  onlyUnread: 'Only unread',
  unread: 'Unread: ',
  times: 'never | once | {count} times',
  markRead: 'Mark as read',
  markReadOf: 'Mark as read: {title}',
};
