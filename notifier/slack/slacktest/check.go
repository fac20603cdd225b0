package slacktest

import (
	"encoding/json"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"unicode/utf16"
)

// Slack's limits, in characters. The sum over all blocks is not documented; it
// was seen to be about 13,200.
const (
	maxText       = 40000
	maxBlocks     = 50
	maxBlockText  = 13000
	maxSection    = 3000
	maxField      = 2000
	maxFields     = 10
	maxHeader     = 150
	maxElements   = 10
	maxActions    = 25
	maxButton     = 75
	maxValue      = 2000
	maxOption     = 150 // of the value of an option
	maxOptions    = 100
	maxOverflow   = 5
	maxPlace      = 150 // of a placeholder
	maxURL        = 3000
	maxID         = 255
	maxAttachment = 20
)

// A problem is why a message is refused: the code that Slack says and what is
// wrong.
type problem struct {
	code string
	text string
}

// message is the part of a payload that is checked.
type message struct {
	Channel        string `json:"channel"`
	TS             string `json:"ts"`
	ThreadTS       string `json:"thread_ts"`
	ReplyBroadcast bool   `json:"reply_broadcast"`

	Text        string            `json:"text"`
	Blocks      []json.RawMessage `json:"blocks"`
	Attachments []struct {
		Color    string            `json:"color"`
		Fallback string            `json:"fallback"`
		Text     string            `json:"text"`
		Title    string            `json:"title"`
		Blocks   []json.RawMessage `json:"blocks"`
	} `json:"attachments"`
	Metadata json.RawMessage `json:"metadata"`
}

var colors = regexp.MustCompile(`^(#[0-9a-fA-F]{6}|good|warning|danger)$`)

// check returns what is wrong with a message, nil if nothing is.
func check(m message) *problem {
	if length(m.Text) > maxText {
		return &problem{"msg_too_long", "text is too long"}
	}
	if len(m.Attachments) > maxAttachment {
		return &problem{"too_many_attachments", "too many attachments"}
	}
	if p := checkMetadata(m.Metadata); p != nil {
		return p
	}
	sum := 0
	if p := checkBlocks(m.Blocks, &sum); p != nil {
		return p
	}
	content := m.Text != "" || len(m.Blocks) > 0
	for _, a := range m.Attachments {
		if a.Color != "" && !colors.MatchString(a.Color) {
			return &problem{"invalid_attachments", fmt.Sprintf("color %q", a.Color)}
		}
		if p := checkBlocks(a.Blocks, &sum); p != nil {
			return p
		}
		content = content || a.Text != "" || a.Fallback != "" || a.Title != "" || len(a.Blocks) > 0
	}
	switch {
	case !content:
		return &problem{"no_text", "there is nothing in it"}
	case sum > maxBlockText:
		return &problem{"msg_blocks_too_long", fmt.Sprintf("%d characters in blocks", sum)}
	}
	return nil
}

// checkMetadata wants a name and an object of a message's metadata.
func checkMetadata(raw json.RawMessage) *problem {
	if len(raw) == 0 {
		return nil
	}
	var m struct {
		EventType    string                     `json:"event_type"`
		EventPayload map[string]json.RawMessage `json:"event_payload"`
	}
	if err := strict(raw, &m); err != nil || m.EventType == "" || m.EventPayload == nil {
		return &problem{"invalid_metadata_format", "metadata needs event_type and event_payload"}
	}
	return nil
}

func checkBlocks(blocks []json.RawMessage, sum *int) *problem {
	if len(blocks) > maxBlocks {
		return &problem{"invalid_blocks", fmt.Sprintf("no more than %d items allowed [json-pointer:/blocks]", maxBlocks)}
	}
	for n, raw := range blocks {
		var b block
		if err := strict(raw, &b); err != nil {
			return &problem{"invalid_blocks_format", err.Error()}
		}
		if err := b.check(sum); err != nil {
			return &problem{"invalid_blocks", fmt.Sprintf("%v [json-pointer:/blocks/%d]", err, n)}
		}
	}
	return nil
}

// block is any block: the union of the fields that we know.
type block struct {
	Type     string            `json:"type"`
	BlockID  string            `json:"block_id"`
	Text     *text             `json:"text"`
	Fields   []text            `json:"fields"`
	Elements []json.RawMessage `json:"elements"`
	ImageURL string            `json:"image_url"`
	AltText  string            `json:"alt_text"`
	// Accessory is what stands beside a section's text: an image is all that we know.
	Accessory *image `json:"accessory"`
}

// image is one beside a text.
type image struct {
	Type     string `json:"type"`
	ImageURL string `json:"image_url"`
	AltText  string `json:"alt_text"`
}

func (i image) check() error {
	if i.Type != "image" || i.ImageURL == "" || length(i.ImageURL) > maxURL || i.AltText == "" || length(i.AltText) > maxField {
		return fmt.Errorf("an image needs image_url and alt_text")
	}
	return nil
}

func (b block) check(sum *int) error {
	if length(b.BlockID) > maxID {
		return fmt.Errorf("block_id is too long")
	}
	switch b.Type {
	case "divider":
		return nil
	case "section":
		return b.section(sum)
	case "header":
		if b.Text == nil || b.Text.Type != "plain_text" {
			return fmt.Errorf("a header needs plain_text")
		}
		return b.Text.check(maxHeader, sum)
	case "context":
		return b.context(sum)
	case "actions":
		return b.actions(sum)
	case "image":
		return image{b.Type, b.ImageURL, b.AltText}.check()
	}
	return fmt.Errorf("unsupported type: %s", b.Type)
}

func (b block) section(sum *int) error {
	if b.Text == nil && len(b.Fields) == 0 {
		return fmt.Errorf("a section needs text or fields")
	}
	if b.Text != nil {
		if err := b.Text.check(maxSection, sum); err != nil {
			return err
		}
	}
	if b.Accessory != nil {
		if err := b.Accessory.check(); err != nil {
			return err
		}
	}
	if len(b.Fields) > maxFields {
		return fmt.Errorf("no more than %d fields", maxFields)
	}
	for _, f := range b.Fields {
		if err := f.check(maxField, sum); err != nil {
			return err
		}
	}
	return nil
}

func (b block) context(sum *int) error {
	if len(b.Elements) == 0 || len(b.Elements) > maxElements {
		return fmt.Errorf("a context has 1 to %d elements", maxElements)
	}
	for _, raw := range b.Elements {
		var e text
		if err := json.Unmarshal(raw, &e); err != nil {
			return err
		}
		if e.Type == "image" {
			continue
		}
		if err := e.check(maxSection, sum); err != nil {
			return err
		}
	}
	return nil
}

// text is a text object.
type text struct {
	Type     string `json:"type"`
	Text     string `json:"text"`
	Emoji    *bool  `json:"emoji"`
	Verbatim bool   `json:"verbatim"`
}

func (t text) check(most int, sum *int) error {
	n := length(t.Text)
	*sum += n
	switch {
	case t.Type != "plain_text" && t.Type != "mrkdwn":
		return fmt.Errorf("unsupported type of text: %q", t.Type)
	case t.Type == "mrkdwn" && t.Emoji != nil:
		return fmt.Errorf("emoji is for plain_text")
	case n == 0:
		return fmt.Errorf("must be more than 0 characters")
	case n > most:
		return fmt.Errorf("must be less than %d characters", most+1)
	}
	return checkMarkup(t)
}

var markup = regexp.MustCompile(`<([^<>]*)>|<|>|&(?:amp|lt|gt);|&`)

// checkMarkup refuses what Slack would take and show wrongly: a bare &, < or >,
// a mention of everybody, and a link that is none.
func checkMarkup(t text) error {
	for _, m := range markup.FindAllStringSubmatch(t.Text, -1) {
		switch {
		case m[0] == "&" || m[0] == "<" || m[0] == ">":
			return fmt.Errorf("unescaped %q", m[0])
		case m[1] == "":
			continue
		case t.Type == "plain_text":
			return fmt.Errorf("mark-up %q in plain_text", m[0])
		}
		if strings.HasPrefix(m[1], "!") || strings.HasPrefix(m[1], "@") || strings.HasPrefix(m[1], "#") {
			continue // a mention: what it may be is for the test to say
		}
		address, _, _ := strings.Cut(m[1], "|")
		u, err := url.Parse(strings.ReplaceAll(address, "&amp;", "&"))
		if err != nil || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "mailto" {
			return fmt.Errorf("%q is no link", m[0])
		}
	}
	return nil
}

// length is the number of UTF-16 units, the most that Slack could count.
func length(s string) int { return len(utf16.Encode([]rune(s))) }
