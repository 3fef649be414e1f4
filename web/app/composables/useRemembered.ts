/** A value kept in this browser only (what is hidden, which filter was open). Never for anything secret. */
export function useRemembered<T>(key: string, initial: T) {
  const name = `weftline:${key}`;
  const value = ref(read()) as Ref<T>;
  function read(): T {
    try {
      const text = localStorage.getItem(name);
      return text === null ? initial : (JSON.parse(text) as T);
    } catch {
      return initial;
    }
  }
  watch(value, (next) => localStorage.setItem(name, JSON.stringify(next)));
  return value;
}
