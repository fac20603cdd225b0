package email

import (
	"bytes"
	"context"
	"fmt"
	"html/template"

	gomail "github.com/wneessen/go-mail"

	"tocsin/notifier"
	"tocsin/notifier/message"
)

// askedFor is the Content-ID by which the user's own HTML shows the picture:
// <img src="cid:chart">.
const askedFor = "chart"

// A picture is a chart that goes with a mail. Without bytes there is none.
type picture struct {
	png []byte
	alt string
	id  string // Content-ID, without brackets
}

// picture asks for the chart of a message, once an attempt. A digest only counts.
func (s *Sender) picture(ctx context.Context, m *message.Message) picture {
	if s.settings.Chart == nil || m.Reason == notifier.ReasonDigest {
		return picture{}
	}
	png, alt, ok := s.settings.Chart(ctx, m)
	if !ok || len(png) == 0 {
		return picture{}
	}
	return picture{png, alt, "chart." + messageID(m, s.domain)}
}

// words are what a reader of plain text sees of it.
func (p picture) words() string {
	if p.png == nil {
		return ""
	}
	return "Chart: " + message.Clean(p.alt) + "\n"
}

// URL is the address of the picture within the mail.
func (p picture) URL() template.URL {
	if p.png == nil {
		return ""
	}
	return template.URL("cid:" + p.id) //nolint:gosec // the id is made of a hash or of safe letters
}

// Alt says what is to be seen.
func (p picture) Alt() string { return message.Clean(p.alt) }

// attach puts it into the mail, beside the HTML that shows it.
func (p picture) attach(msg *gomail.Msg) error {
	if p.png == nil {
		return nil
	}
	err := msg.EmbedReader("chart.png", bytes.NewReader(p.png),
		gomail.WithFileContentID("<"+p.id+">"), gomail.WithFileContentType("image/png"))
	if err != nil {
		return fmt.Errorf("email: chart: %w", err)
	}
	return nil
}
