package email

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"regexp"
	"strings"

	"tocsin/notifier/message"
)

// messageID is made of the delivery's id, so that a repetition is the same mail
// to every server on its way. The domain is that of From, never the host's name.
func messageID(m *message.Message, domain string) string { return local(m.ID) + "@" + domain }

// rootID names the thread of a group's episode. No mail bears it: whoever is
// told first may differ, and a mail may be lost, but all mails of the episode
// refer to one id, which is what mail programs gather by.
func rootID(m *message.Message, domain string) string {
	sum := sha256.Sum256([]byte(m.Group.Key + "\x00" + m.Group.Episode))
	return "episode." + hex.EncodeToString(sum[:12]) + "@" + domain
}

// local makes the left part of an id of any text.
func local(id string) string {
	safe := strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_':
			return r
		}
		return -1
	}, id)
	if safe == id && safe != "" && len(id) <= 64 {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:12])
}

// drawn is how go-mail begins a multipart: with a boundary of 60 random digits.
// (It takes one of ours, but then the same for each level, which no reader could
// tell apart.)
var drawn = regexp.MustCompile(`(?m)^Content-Type: multipart/[a-z]+;\r\n boundary=([0-9a-f]{60})\r$`)

// settle puts derived boundaries in the place of random ones, so that the same
// delivery gives the same bytes.
func settle(raw []byte, m *message.Message) []byte {
	for n, found := range drawn.FindAllSubmatch(raw, -1) {
		raw = bytes.ReplaceAll(raw, found[1], []byte(boundary(m, n)))
	}
	return raw
}

// boundary is that of the nth multipart of a mail.
func boundary(m *message.Message, n int) string {
	sum := sha256.Sum256([]byte("boundary\x00" + strings.Repeat("\x00", n) + m.ID))
	return "tocsin-" + hex.EncodeToString(sum[:16])
}
