package email

import (
	"bytes"
	"fmt"
	"net/mail"
	"slices"
	"sort"
	"strings"

	gomail "github.com/wneessen/go-mail"

	"tocsin/notifier/message"
	"tocsin/rules"
)

// Gmail clips what is longer than about 102 kB, so a mail stays below 100.
const (
	mostBytes = 95 << 10
	mostItems = 100
)

// Build makes the mail of a message: with its picture if that fits, as many
// alerts as fit, and how many are left.
func (s *Sender) build(m *message.Message, p picture) ([]byte, error) {
	parts := s.custom(m)
	for n := min(len(m.Items), mostItems); ; n /= 2 {
		raw, err := s.fitting(m, parts, n, p)
		if err != nil {
			return nil, err
		}
		if len(raw) <= mostBytes {
			return raw, nil
		}
		p = picture{}
		if n == 0 {
			if !parts.own {
				return nil, fmt.Errorf("email: %d bytes without any alert", len(raw))
			}
			m.Errors = append(m.Errors, fmt.Errorf("email: the template's mail has %d bytes, more than %d", len(raw), mostBytes))
			parts = content{subject: parts.subject, headers: parts.headers}
			n = 2 * min(len(m.Items), mostItems)
		}
	}
}

// fitting makes the mail with the first n alerts. The picture is the first thing
// to go if it doesn't fit.
func (s *Sender) fitting(m *message.Message, parts content, n int, p picture) ([]byte, error) {
	raw, err := s.write(m, parts.fill(m, n, p))
	if err == nil && len(raw) > mostBytes && p.png != nil {
		raw, err = s.write(m, parts.fill(m, n, picture{}))
	}
	return raw, err
}

// content is what the templates of the user say, and what is left for us.
type content struct {
	subject    string
	headers    [][2]string
	text, html string
	own        bool    // text or html is the user's
	chart      picture // to go with html, if it has one
}

// custom renders the user's templates. One that fails leaves its place to us.
func (s *Sender) custom(m *message.Message) content {
	c := content{subject: s.subject(m)}
	fail := func(what string, err error) { m.Errors = append(m.Errors, fmt.Errorf("email %s: %w", what, err)) }
	for _, name := range s.headers {
		text, err := m.Text(s.settings.Headers[name], nil)
		text = message.Cut(message.Clean(text), 500)
		switch {
		case err != nil:
			fail("header "+name, err)
		case strings.EqualFold(name, "subject"):
			c.subject = text
		default:
			c.headers = append(c.headers, [2]string{name, text})
		}
	}
	var err error
	if c.text, err = m.Text(s.settings.Text, nil); err != nil {
		fail("text", err)
		c.text = ""
	}
	if c.html, err = m.HTML(s.settings.HTML); err != nil {
		fail("html", err)
		c.html = ""
	}
	c.own = c.text != "" || c.html != ""
	return c
}

// fill puts our own words where the user has none, with the first n alerts. HTML
// of the user's has the picture only if it asks for it.
func (c content) fill(m *message.Message, n int, p picture) content {
	short := *m
	short.Items = m.Items[:min(n, len(m.Items))]
	short.More = m.More + len(m.Items) - len(short.Items)
	if c.text == "" {
		c.text = short.Plain() + p.words()
	}
	switch {
	case c.html == "":
		c.html = page(&short, p)
	case strings.Contains(c.html, "cid:"+askedFor):
		p.id = askedFor
	default:
		p = picture{}
	}
	c.chart = p
	return c
}

// write makes the bytes of the mail.
func (s *Sender) write(m *message.Message, c content) ([]byte, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent(), gomail.WithEncoding(gomail.EncodingQP))
	msg.FromMailAddress(&mail.Address{Name: sender(s.from.Name, m), Address: s.from.Address})
	msg.ToMailAddress(s.to...)
	msg.Subject(c.subject)
	msg.SetDateWithValue(m.At)
	msg.SetMessageIDWithValue(messageID(m, s.domain))
	root := "<" + rootID(m, s.domain) + ">"
	msg.SetGenHeader(gomail.HeaderInReplyTo, root)
	msg.SetGenHeader(gomail.HeaderReferences, root)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "All")
	msg.SetGenHeader("List-Id", "<tocsin."+s.domain+">")
	if m.Level == rules.Error {
		msg.SetImportance(gomail.ImportanceHigh)
	}
	for _, h := range [][2]string{
		{"X-Tocsin-Delivery", m.ID},
		{"X-Tocsin-Episode", m.Group.Episode},
		{"X-Tocsin-Level", m.Level.String()},
		{"X-Tocsin-Reason", string(m.Reason)},
		{"X-Tocsin-Status", m.Status()},
	} {
		msg.SetGenHeader(gomail.Header(h[0]), message.Clean(h[1]))
	}
	for _, h := range c.headers {
		if err := header(msg, h[0], h[1]); err != nil {
			m.Errors = append(m.Errors, fmt.Errorf("email header %q: %w", h[0], err))
		}
	}
	msg.SetBodyString(gomail.TypeTextPlain, c.text)
	msg.AddAlternativeString(gomail.TypeTextHTML, c.html)
	if err := c.chart.attach(msg); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := msg.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("email: %w", err)
	}
	return settle(b.Bytes(), m), nil
}

// header sets a header of the user's. Whom it goes to is not for a header to
// say: To and From change what is shown, as in Alertmanager.
func header(msg *gomail.Msg, name, value string) error {
	switch strings.ToLower(name) {
	case "to":
		return msg.To(strings.Split(value, ",")...)
	case "from":
		return msg.From(value)
	case "cc":
		return msg.Cc(strings.Split(value, ",")...)
	case "reply-to":
		return msg.ReplyTo(value)
	case "bcc":
		return fmt.Errorf("not possible: add the address to `to`")
	}
	msg.SetGenHeader(gomail.Header(name), value)
	return nil
}

// sortedNames returns the names of headers in order.
func sortedNames(headers map[string]string) []string {
	names := make([]string, 0, len(headers))
	for name := range headers {
		names = append(names, name)
	}
	sort.Strings(names)
	return slices.Clip(names)
}
