package email

import (
	"embed"
	"html/template"
	"strings"

	"github.com/prometheus/prometheus/model/labels"

	"tocsin/notifier/message"
	"tocsin/rules"
)

//go:embed mail.html
var files embed.FS

var layout = template.Must(template.New("mail.html").Funcs(template.FuncMap{
	"tags": tags, "hue": hue, "cut": message.Cut, "clean": message.Clean, "lines": lines,
	"single": single, "several": several, "sums": sums,
}).ParseFS(files, "mail.html"))

// A sheet is what the page shows.
type sheet struct {
	*message.Message
	Chart picture
}

// page writes the HTML part. It can't fail: the template is ours and sees only
// text.
func page(m *message.Message, p picture) string {
	var b strings.Builder
	if err := layout.Execute(&b, sheet{m, p}); err != nil {
		return "<pre>" + template.HTMLEscapeString(m.Plain()) + "</pre>"
	}
	return b.String()
}

// A colours is what a level looks like.
type colours struct{ Bar, Tint, Text, Class string }

func hue(level rules.Level) colours {
	switch level {
	case rules.Error:
		return colours{"#d92d20", "#fef3f2", "#b42318", "error"}
	case rules.Warn:
		return colours{"#f79009", "#fffaeb", "#93560a", "warn"}
	case rules.OK:
	}
	return colours{"#12b76a", "#ecfdf3", "#067647", "ok"}
}

// single reports whether a message is about one alert: it gets the page for
// itself.
func single(m *message.Message) bool {
	_, ok := m.Single()
	return ok
}

// A summary is what of a digest is shown.
type summary struct {
	Lines []message.Tally
	Left  int
}

func sums(m *message.Message) summary {
	lines, left := m.Sums()
	return summary{lines, left}
}

// several reports whether the alerts are of several rules, so that each needs
// its name.
func several(m *message.Message) bool { return !m.Common.Has("alertname") }

// mostTags bounds the labels that one alert shows.
const mostTags = 16

// tags are labels as they are shown, each cut short.
func tags(ls labels.Labels) []message.Pair {
	var all []message.Pair
	ls.Range(func(l labels.Label) {
		if l.Name != "alertname" && len(all) < mostTags {
			all = append(all, message.Pair{Name: message.Cut(message.Clean(l.Name), 60), Value: message.Cut(message.Clean(l.Value), 120)})
		}
	})
	return all
}

// lines are those of a text that is cut short.
func lines(s string) []string { return strings.Split(message.Cut(s, 1000), "\n") }
