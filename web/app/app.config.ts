export default defineAppConfig({
  ui: {
    colors: {
      primary: 'weft',
      neutral: 'slate',
      success: 'emerald',
      error: 'rose',
      warning: 'amber',
      info: 'sky',
    },
    button: { slots: { base: 'cursor-pointer' } },
    card: { slots: { body: 'p-4 sm:p-5', header: 'p-4 sm:px-5 sm:py-3.5' } },
    formField: { slots: { label: 'text-highlighted' } },
  },
});
