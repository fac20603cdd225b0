package web

import (
	"embed"
	"html/template"
	"net/http"
	"strings"

	"github.com/prometheus/common/version"
)

//go:embed index.html
var files embed.FS

var indexTemplate = template.Must(template.ParseFS(files, "index.html"))

// index is where the links of messages lead as long as there are no other
// pages: what this is, whether all is well, and where to look.
func (o Options) index(w http.ResponseWriter, r *http.Request) {
	var b strings.Builder
	view := struct {
		Version string
		Unready []string
	}{version.Version, o.unready(r.Context())}
	if err := indexTemplate.Execute(&b, view); err != nil {
		text(w, http.StatusInternalServerError, err.Error())
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'")
	_, _ = w.Write([]byte(b.String())) // the client has gone, if it fails
}
