export const schedule = {
  sayWhen: 'Say when',
  sayWhenHelp:
    'In English, such as "every weekday at 9" or "tomorrow at 9am". It fills in what is below; hours without am or pm are those of 24.',
  use: 'Use this',
  used: 'In use',
  reads: 'May be meant:',
  once: 'Once, at one time',
  at: 'At',
  fired: 'Its one time has come: it does not fire again. Choose another, publish, and turn the workflow on.',
  unreachable: 'The sentence cannot be read just now. Try again, or choose below.',
};
