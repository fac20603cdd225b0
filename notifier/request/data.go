package request

import (
	"cmp"
	"fmt"
	"maps"
	"strings"
	"time"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// data is what the templates of a call see: what those of messages see, and what
// only a request needs.
type data struct {
	*message.Data

	Action string // raise, update or resolve
	Key    string // of the incident: Key
	ID     string // of the delivery
	URL    string // where to, or the base of it
	Secret map[string]string
	Set    map[string]any
	Text   string // the facts in tocsin's own words, without the title
	Links  []message.Link
	Since  time.Time // when the first of what fires began

	message *message.Message
}

func newData(d notifier.Delivery, m *message.Message) *data {
	out := &data{
		Data:   m.Data(nil),
		Action: ActionOf(d).String(), Key: Key(d), ID: d.ID,
		Text: cmp.Or(m.Facts(), m.Title()), Links: m.Links, Since: m.At, message: m,
	}
	for _, i := range m.Items {
		if i.Firing && i.StartsAt.Before(out.Since) {
			out.Since = i.StartsAt
		}
	}
	return out
}

// Details are PagerDuty's: Alertmanager's four under their names, in lines of
// tocsin's own, and those of the config.
func (d *data) Details() map[string]any {
	firing, resolved := []string{}, []string{}
	for _, i := range d.message.Items {
		if i.Firing {
			firing = append(firing, line(i))
		} else {
			resolved = append(resolved, line(i))
		}
	}
	all := map[string]any{
		"firing": firing, "num_firing": d.message.Counts.Error + d.message.Counts.Warn,
		"resolved": resolved, "num_resolved": d.message.Counts.Resolved,
	}
	own, _ := d.Set["details"].(map[string]any)
	maps.Copy(all, own)
	return all
}

// line tells one alert in a line.
func line(i message.Item) string {
	parts := []string{i.State() + " " + message.Cut(i.Name, 100)}
	for _, text := range []string{i.Versus, i.Since, message.Cut(i.Summary, 300), message.Cut(message.Pairs(i.Own), 300)} {
		if text != "" {
			parts = append(parts, text)
		}
	}
	return strings.Join(parts, " · ")
}

// Properties are Opsgenie's details: what all alerts share, and what the config
// says. All of them together may have 8000 characters.
func (d *data) Properties() map[string]string {
	all := map[string]string{}
	left := 8000
	put := func(name, value string) {
		name, value = cut(100, message.Clean(name)), cut(500, message.CleanLines(value))
		if left -= units(name) + units(value); left >= 0 {
			all[name] = value
		}
	}
	own, _ := d.Set["details"].(map[string]any)
	for name, value := range sorted(own) {
		put(name, text(value))
	}
	for _, p := range d.CommonLabels.SortedPairs() {
		if _, ok := own[p.Name]; !ok {
			put(p.Name, p.Value)
		}
	}
	return all
}

// Hrefs are the links of a PagerDuty event: those of the config, then ours.
func (d *data) Hrefs() []any {
	all := d.rows("links", "href")
	for _, l := range d.Links {
		all = append(all, map[string]any{"href": l.URL, "text": l.Name})
	}
	return all
}

// Images are those of the config.
func (d *data) Images() []any { return d.rows("images", "src") }

// rows are the mappings of a setting in which a key has a text: templates may
// leave it empty where there is nothing to show.
func (d *data) rows(setting, key string) []any {
	all := []any{}
	list, _ := d.Set[setting].([]any)
	for _, row := range list {
		if one, ok := row.(map[string]any); ok && text(one[key]) != "" {
			all = append(all, one)
		}
	}
	return all
}

// Anchors are the links as HTML, on a line of their own.
func (d *data) Anchors() string {
	var parts []string
	for _, l := range d.Links {
		parts = append(parts, fmt.Sprintf(`<a href="%s">%s</a>`, HTML(l.URL), HTML(l.Name)))
	}
	return ownLine(parts)
}

// References are the links as Markdown, on a line of their own. What would end
// an address is written in percents.
func (d *data) References() string {
	var parts []string
	for _, l := range d.Links {
		address := strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "<", "%3C", ">", "%3E", `\`, "%5C").Replace(l.URL)
		if used := strings.Join(parts, " · "); units(used)+units(address) < 1000 {
			parts = append(parts, fmt.Sprintf("[%s](<%s>)", l.Name, address))
		}
	}
	return ownLine(parts)
}

func ownLine(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return "\n" + strings.Join(parts, " · ")
}
