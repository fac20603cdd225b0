// Package check reads rule files and configs as the daemon would, and shows
// people what is wrong with them: file:line:col, the line, a caret under the
// place, and a hint.
//
// Templates are rendered against sample alerts of each level, so that what would
// fail or be cut when people are told is known before.
//
// It asks no source itself and expands nothing: it is made to read files of strangers.
// What only sources know, package check/online asks them for.
// Package rules/file finds the problems; here they are put together and drawn.
package check
