// Of oclif what the commands use. Its own index would load all of it, and read and compare versions of Node at each start.
module.exports = {
  get Args() {
    return require('@oclif/core/args');
  },
  get Command() {
    return require('@oclif/core/command').Command;
  },
  get Config() {
    return require('@oclif/core/config').Config;
  },
  get Flags() {
    return require('@oclif/core/flags');
  },
  get flush() {
    return require('@oclif/core/flush').flush;
  },
  get run() {
    return require('@oclif/core/run').run;
  },
};
