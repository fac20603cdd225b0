// Package request tells services by requests that are data: templates of method,
// address, headers and body for what is new (raise), what has changed (update)
// and what is over (resolve). The services that we know are the files in
// definitions/; users write theirs in the config, and both go the same way:
//
//	delivery -> action -> calls of the definition -> requests -> outcome
//
// Making the requests is pure. What a template sees is data; that it ends up as
// a string of JSON is toJson's work, and a body that says it is JSON and is not
// is never sent. Labels are shown and never interpreted: each definition escapes
// for its service, and mentions are off.
package request
