/** Short messages in the corner. Failures show the sentence of the API and, if there is one, the request id. */
export function useNotify() {
  const toast = useToast();
  const { t } = useI18n();
  return {
    done: (title: string, more: { description?: string; undo?: () => void } = {}) =>
      toast.add({
        title,
        description: more.description,
        color: 'success',
        icon: 'i-lucide-circle-check',
        duration: more.undo ? 8000 : 4000,
        actions: more.undo
          ? [{ label: t('common.undo'), color: 'neutral', variant: 'outline', onClick: more.undo }]
          : undefined,
      }),
    failed: (cause: unknown, title?: string) => {
      const error = toApiError(cause);
      toast.add({
        title: title ?? error.message,
        description: title
          ? error.message
          : error.requestId
            ? t('error.requestId', { id: error.requestId })
            : undefined,
        color: 'error',
        icon: 'i-lucide-circle-alert',
        duration: 8000,
      });
    },
  };
}
