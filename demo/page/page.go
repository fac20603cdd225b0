package page

import (
	"bytes"
	"context"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"time"
)

//go:embed page.html style.css page.js
var files embed.FS

var pageTemplate = template.Must(template.New("page.html").Funcs(template.FuncMap{
	"spark": spark,
	"slack": renderSlack,
	"mail":  readMail,
	"clock": func(t time.Time) string { return t.UTC().Format("15:04:05") },
	"ago":   ago,
}).ParseFS(files, "page.html"))

// A View is all that the page shows at an instant.
type View struct {
	Now      time.Time
	Switches []Switch
	Rules    []Rule
	Alerts   []Alert
	Slack    []SlackMessage // newest first
	Mail     []Mail         // newest first
	Links    []Link
}

// A Switch makes something go wrong.
type Switch struct {
	Name, Label, Help string
	On                bool
}

// A Rule is a rule's worst value over the last minutes.
type Rule struct {
	Name, Expr string
	Level      string // ok, warn, error, pending
	Value      string
	Bounds     []string // of each level, as text
	Values     []float64
	Lines      []Line
}

// An Alert is what the daemon holds of one series.
type Alert struct {
	Level    string
	Phase    string // pending, firing, recovering
	Name     string
	Labels   string
	Value    string
	Bound    string
	Since    time.Time
	Progress int // of the timer that runs, in percent
	Waits    string
}

// A SlackMessage is one that the Slack catcher took.
type SlackMessage struct {
	At      time.Time
	TS      string // its place in the channel
	Channel string
	Payload []byte
	Edited  bool
	Shown   bool           // an answer that the channel sees too
	Answers []SlackMessage // oldest first
}

// A Mail is one that the mail catcher took.
type Mail struct {
	At  time.Time
	Raw []byte
}

// A Link leads to another page of the demo.
type Link struct{ Text, URL string }

// Options are where the page gets what it shows, and what its switches do.
type Options struct {
	Look   func() (View, error)
	Switch func(name string, on bool) error
	// Press presses a button of a Slack message, or chooses an option of a menu.
	Press func(ctx context.Context, p Press) error
}

// A Press is what somebody does with a Slack message.
type Press struct{ TS, Action, Option string }

// New returns the page's handler.
func New(o Options) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) { render(w, o, "page.html") })
	mux.HandleFunc("GET /parts", func(w http.ResponseWriter, _ *http.Request) { render(w, o, "parts") })
	mux.Handle("GET /style.css", http.FileServerFS(files))
	mux.Handle("GET /page.js", http.FileServerFS(files))
	mux.HandleFunc("POST /switch", func(w http.ResponseWriter, r *http.Request) {
		on, err := strconv.ParseBool(r.FormValue("on"))
		if err == nil {
			err = o.Switch(r.FormValue("name"), on)
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	mux.HandleFunc("POST /press", func(w http.ResponseWriter, r *http.Request) {
		err := o.Press(r.Context(), Press{r.FormValue("ts"), r.FormValue("action"), r.FormValue("option")})
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	return http.NewCrossOriginProtection().Handler(mux)
}

func render(w http.ResponseWriter, o Options, name string) {
	v, err := o.Look()
	if err != nil {
		http.Error(w, err.Error(), http.StatusServiceUnavailable)
		return
	}
	var b bytes.Buffer
	if err := pageTemplate.ExecuteTemplate(&b, name, v); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:")
	_, _ = b.WriteTo(w)
}

// ago says how long something has been so, in at most two parts.
func ago(now, t time.Time) string {
	d := now.Sub(t).Round(time.Second)
	switch {
	case t.IsZero():
		return ""
	case d < time.Minute:
		return strconv.Itoa(max(int(d.Seconds()), 0)) + " s"
	case d < time.Hour:
		return strconv.Itoa(int(d.Minutes())) + " min " + strconv.Itoa(int(d.Seconds())%60) + " s"
	}
	return strconv.Itoa(int(d.Hours())) + " h " + strconv.Itoa(int(d.Minutes())%60) + " min"
}
