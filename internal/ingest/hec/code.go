package hec

import "net/http"

// code is a result as HEC numbers them.
type code int

// The codes that are answered here.
const (
	success        code = 0
	tokenRequired  code = 2
	invalidAuth    code = 3
	invalidToken   code = 4
	noData         code = 5
	invalidFormat  code = 6
	internalError  code = 8
	busy           code = 9
	channelMissing code = 10
	channelInvalid code = 11
	eventRequired  code = 12
	eventBlank     code = 13
	indexedFields  code = 15
	healthy        code = 17
)

var codes = map[code]struct {
	status int
	text   string
}{
	success:        {http.StatusOK, "Success"},
	tokenRequired:  {http.StatusUnauthorized, "Token is required"},
	invalidAuth:    {http.StatusUnauthorized, "Invalid authorization"},
	invalidToken:   {http.StatusForbidden, "Invalid token"},
	noData:         {http.StatusBadRequest, "No data"},
	invalidFormat:  {http.StatusBadRequest, "Invalid data format"},
	internalError:  {http.StatusInternalServerError, "Internal server error"},
	busy:           {http.StatusServiceUnavailable, "Server is busy"},
	channelMissing: {http.StatusBadRequest, "Data channel is missing"},
	channelInvalid: {http.StatusBadRequest, "Invalid data channel"},
	eventRequired:  {http.StatusBadRequest, "Event field is required"},
	eventBlank:     {http.StatusBadRequest, "Event field cannot be blank"},
	indexedFields:  {http.StatusBadRequest, "Error in handling indexed fields"},
	healthy:        {http.StatusOK, "HEC is healthy"},
}

// numbered reports whether the answer names the event at fault.
func (c code) numbered() bool {
	return c == invalidFormat || c == eventRequired || c == eventBlank || c == indexedFields
}
