// What takes the place of modules that the program never reaches, see leaveOut in third-party.mjs.
module.exports = {};
