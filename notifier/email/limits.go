package email

// What is longer is cut, or gives way to our own words: for who checks templates
// before there is a mail. A mail is counted in bytes, a header in characters.
const (
	LongestMail   = mostBytes
	LongestHeader = 500
)
