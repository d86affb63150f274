export const tests = () => ({});
