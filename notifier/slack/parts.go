package slack

import (
	"fmt"
	"strings"

	"github.com/slack-go/slack"

	"tocsin/notifier/message"
)

// Parts are what a message shows besides its title and text, by Alertmanager's
// names. All are templates, and may be empty. They are of posts and edits;
// answers in threads are short and go without.
type Parts struct {
	Color       string // of the bar: good, warning, danger or #rrggbb
	TitleLink   string // an address
	Pretext     string // before the title
	MessageText string // above the bar, in the place of the title, which is then beside it
	Fallback    string // what a phone shows
	Fields      []Field
	Footer      string
	ImageURL    string
	ThumbURL    string
	Buttons     []Button
}

// A Field is a name and a text; two short ones stand side by side.
type Field struct {
	Title, Value string
	Short        bool
}

// A Button opens an address. Style is primary, danger, or anything else for none.
type Button struct{ Text, URL, Style string }

// Bounds of parts. Together they leave room for the alerts.
const (
	mostPretext = 1000
	mostLead    = 3000 // of message_text and fallback
	mostField   = 2000 // of title and value
	mostName    = 150  // of a field
	mostFields  = 3000 // of all fields
	fieldBlocks = 10
	fieldPairs  = 10 // fields in one block
	mostFooter  = 300
	mostLabel   = 75 // of a button
	mostButtons = 25 // ours included
	mostLinked  = 1500
	leastText   = 1500 // of the alerts, however long the parts are
)

// shown are the parts as they come out for one message.
type shown struct {
	color, pretext, lead, fallback string
	fields                         []slack.Block
	footer                         string
	image, thumb                   string
	buttons                        []slack.BlockElement
}

// show renders the parts.
func show(p Parts, m *message.Message) shown {
	w := writer{m}
	out := shown{
		color:    w.color(p.Color),
		pretext:  w.text("pretext", p.Pretext, mostPretext),
		lead:     w.text("message_text", p.MessageText, mostLead),
		fallback: w.text("fallback", p.Fallback, mostLead),
		fields:   w.fields(p.Fields),
		footer:   w.text("footer", p.Footer, mostFooter),
		image:    w.address("image_url", p.ImageURL),
		thumb:    w.address("thumb_url", p.ThumbURL),
	}
	for n, b := range p.Buttons {
		if e := w.button(n, b); e != nil {
			out.buttons = append(out.buttons, e)
		}
	}
	return out
}

// A writer renders templates for a message, which keeps the errors. A template
// that fails is as good as none.
type writer struct{ m *message.Message }

func (w writer) render(name, body string, escape func(string) string) string {
	text, err := w.m.Text(body, escape)
	if err != nil {
		w.m.Errors = append(w.m.Errors, fmt.Errorf("slack %s: %w", name, err))
		return ""
	}
	return strings.TrimSpace(message.CleanLines(text))
}

// text is finished mark-up of at most n units.
func (w writer) text(name, body string, n int) string {
	text := w.render(name, body, Escape)
	if text == "" {
		return ""
	}
	return split(text, n, n)[0]
}

// address is one that may become a link; others are none.
func (w writer) address(name, body string) string {
	address, _ := message.Web(w.render(name, body, nil))
	return address
}

// color is that of the bar; empty: the level's.
func (w writer) color(body string) string {
	text := w.render("color", body, nil)
	c, ok := Color(text)
	if !ok && text != "" {
		w.m.Errors = append(w.m.Errors, fmt.Errorf("slack color: %q is none", message.Cut(text, 40)))
	}
	return c
}

// bar is the colour of the bar: the user's, or the level's. What is told elsewhere
// has neither: to templates it looks resolved, and it is not.
func (p shown) bar(m *message.Message) string {
	if p.color == "" || m.Rerouted() {
		return colorOf(m)
	}
	return p.color
}

// Color returns a colour as Slack takes it: good, warning, danger, or six digits
// behind #. False: it is none.
func Color(s string) (string, bool) {
	s = strings.ToLower(strings.TrimSpace(s))
	if s == "good" || s == "warning" || s == "danger" {
		return s, true
	}
	s = strings.TrimPrefix(s, "#")
	if strings.Trim(s, "0123456789abcdef") != "" {
		return "", false
	}
	switch len(s) {
	case 3:
		return "#" + string([]byte{s[0], s[0], s[1], s[1], s[2], s[2]}), true
	case 6:
		return "#" + s, true
	}
	return "", false
}

// fields are blocks: short fields share one, side by side, a long one has its own.
func (w writer) fields(all []Field) []slack.Block {
	var blocks []slack.Block
	var pairs []*slack.TextBlockObject
	flush := func() {
		if len(pairs) > 0 {
			blocks = append(blocks, slack.NewSectionBlock(nil, pairs, nil))
		}
		pairs = nil
	}
	room := mostFields
	for _, f := range all {
		text := w.field(f, min(mostField, room))
		if room -= units(text); text == "" || len(blocks) == fieldBlocks {
			continue
		}
		if !f.Short || len(pairs) == fieldPairs {
			flush()
		}
		if f.Short {
			pairs = append(pairs, mrkdwn(text))
		} else if len(blocks) < fieldBlocks {
			blocks = append(blocks, slack.NewSectionBlock(mrkdwn(text), nil, nil))
		}
	}
	flush()
	return blocks[:min(len(blocks), fieldBlocks)]
}

// field is a field's title in bold, and its value below it, of at most n units.
func (w writer) field(f Field, n int) string {
	if n < mostName {
		return ""
	}
	name := w.text("field title", f.Title, mostName-2)
	value := w.render("field value", f.Value, Escape)
	if name != "" && !strings.ContainsAny(name, "*`\n") {
		name = "*" + name + "*"
	}
	text := strings.TrimSpace(name + "\n" + value)
	if text == "" {
		return ""
	}
	return split(text, n, n)[0]
}

// button is a link with a label; nil where it leads nowhere.
func (w writer) button(n int, b Button) slack.BlockElement {
	address := w.address("action url", b.URL)
	text := message.Clean(w.render("action text", b.Text, nil))
	style := w.render("action style", b.Style, nil)
	if address == "" {
		return nil
	}
	if text == "" {
		text = "Open"
	}
	words := slack.NewTextBlockObject(slack.PlainTextType, Escape(fit(text, mostLabel)), true, false)
	e := slack.NewButtonBlockElement(fmt.Sprintf("tocsin_link_%d", n+1), "", words).WithURL(address)
	if style == string(slack.StylePrimary) || style == string(slack.StyleDanger) {
		e.Style = slack.Style(style)
	}
	return e
}

// room is how much is left for the alerts beside the parts.
type room struct{ blocks, units int }

// room is what is left if the title is so: pretext and title are in blocks where
// the line of text is another.
func (p shown) room(title string) room {
	r := room{mostItems - len(p.fields), mostText - units(p.footer) - sum(p.fields) - len(p.buttons)*mostLabel}
	if p.lead != "" || p.fallback != "" {
		r.blocks -= 2
		r.units -= units(p.pretext) + units(title)
	}
	if p.image != "" {
		r.blocks--
	}
	r.units = max(r.units, leastText)
	return r
}

// sum is how much text sections hold.
func sum(blocks []slack.Block) int {
	n := 0
	for _, b := range blocks {
		s, ok := b.(*slack.SectionBlock)
		if !ok {
			continue
		}
		if s.Text != nil {
			n += units(s.Text.Text)
		}
		for _, f := range s.Fields {
			n += units(f.Text)
		}
	}
	return n
}

// picture is the image of a message; none if there is no address.
func (p shown) picture(m *message.Message) []slack.Block {
	if p.image == "" {
		return nil
	}
	return []slack.Block{slack.NewImageBlock(p.image, alt(m), "", nil)}
}

// pin puts the small image beside the first text.
func (p shown) pin(m *message.Message, blocks []slack.Block) {
	if p.thumb == "" {
		return
	}
	for _, b := range blocks {
		if s, ok := b.(*slack.SectionBlock); ok && s.Text != nil {
			s.Accessory = slack.NewAccessory(slack.NewImageBlockElement(p.thumb, alt(m)))
			return
		}
	}
}

// alt is what stands for an image of which only the address is known.
func alt(m *message.Message) string { return message.Cut("image: "+m.Title(), 200) }
