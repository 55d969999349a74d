// oclif asks at each start whether it runs in WSL; what else the package is for, Windows' own shell, is loaded when asked for.
module.exports = {
  isWsl: require('is-wsl').default,
  powerShellPath: async () => (await import('wsl-utils')).powerShellPath(),
};
