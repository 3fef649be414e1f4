/** Everything but the public pages needs somebody signed in; the way back is kept in `next`. */
export default defineNuxtRouteMiddleware(async (to) => {
  if (to.meta.public) return;
  const session = await useSession().load();
  if (!session)
    return navigateTo({ path: '/sign-in', query: to.fullPath === '/' ? {} : { next: to.fullPath } });
});
