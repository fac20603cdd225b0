// Package docs holds the manual. The runbooks are embedded, for the demo serves
// them under the links of its alerts.
package docs

import "embed"

// Runbooks are the pages runbooks/*.md.
//
//go:embed runbooks/*.md
var Runbooks embed.FS
