-- OpenHX: HostARQ over UDP and the UT messages inside; also captures of words (capture=FILE, link type USER0).
-- Use: wireshark -X lua_script:openhx.lua, tshark likewise, or put the file into the folder of personal plugins.
-- Filters: hxarq.retransmission, hxarq.seq, hxut.register == "NeuronConfig", hxut.message == "TimeoutNotification".

local kResetMagic = 0xabababab
local kDataPort, kResetPort = 1234, 45054
local kSequenceNumbers, kWindow = 256, 128
local kTypes = {
  [0x0000] = "DUMMY", [0x0001] = "DUMMY", [0x0002] = "ARQSTAT", [0x0010] = "UT", [0x8000] = "FLUSH",
  [0x8001] = "LOOPBACK", [0x8002] = "CFG", [0x8003] = "SENDDUMMY", [0x8004] = "STATS", [0x8006] = "PERFTEST",
}

local arq = Proto("hxarq", "HostARQ")
local ut = Proto("hxut", "HX UT messages")
local words_proto = Proto("hxwords", "HX link words")

local f = {
  kind = ProtoField.string("hxarq.kind", "Kind"),
  ack = ProtoField.uint32("hxarq.ack", "Acknowledge", base.DEC),
  seq = ProtoField.uint32("hxarq.seq", "Sequence number", base.DEC),
  type = ProtoField.uint16("hxarq.type", "Type", base.HEX, kTypes),
  len = ProtoField.uint16("hxarq.len", "Words", base.DEC),
  payload = ProtoField.bytes("hxarq.payload", "Payload"),
  text = ProtoField.string("hxarq.information", "Bitfile information"),
  retransmission = ProtoField.framenum("hxarq.retransmission", "Retransmission of", base.NONE, frametype.RETRANS_PREV),
  repeated = ProtoField.bool("hxarq.repeated", "Sent before"),
  early = ProtoField.bool("hxarq.out_of_order", "Out of order: waits for an earlier frame"),
  session = ProtoField.uint32("hxarq.session", "Session", base.DEC),
}
arq.fields = {f.kind, f.ack, f.seq, f.type, f.len, f.payload, f.text, f.retransmission, f.repeated, f.early, f.session}
local bad_length = ProtoExpert.new("hxarq.bad_length", "Length does not match", expert.group.MALFORMED, expert.severity.ERROR)
local resent = ProtoExpert.new("hxarq.resent", "Retransmission", expert.group.SEQUENCE, expert.severity.NOTE)
arq.experts = {bad_length, resent}

local u = {
  message = ProtoField.string("hxut.message", "Message"),
  register = ProtoField.string("hxut.register", "Register"),
  address = ProtoField.uint32("hxut.address", "Omnibus address", base.HEX),
  field = ProtoField.string("hxut.field", "Register field"),
  request = ProtoField.framenum("hxut.request", "Request in", base.NONE, frametype.REQUEST),
  response = ProtoField.framenum("hxut.response", "Answer in", base.NONE, frametype.RESPONSE),
  unknown = ProtoField.uint8("hxut.unknown", "Unknown header code", base.HEX),
  words = ProtoField.uint32("hxut.words", "Words", base.DEC),
}
local ut_fields = {u.message, u.register, u.address, u.field, u.request, u.response, u.unknown, u.words}
local message_fields = {}
local function snake(name)
  return (name:gsub("(%l%d*)(%u)", "%1_%2"):gsub("(%u)(%u%l)", "%1_%2"):lower())
end
for direction, dictionary in pairs({to = to_fpga, from = from_fpga}) do
  for code, entry in pairs(dictionary) do
    for _, field in ipairs(entry.message.fields) do
      local key = "hxut." .. direction .. "." .. snake(entry.message.name) .. "." .. field.name
      if not message_fields[key] then
        local made
        if field.width <= 32 then
          made = ProtoField.uint32(key, field.name, base.HEX_DEC, field.values, nil, field.doc)
        else
          made = ProtoField.uint64(key, field.name, base.HEX, nil, nil, field.doc)
        end
        message_fields[key] = made
        table.insert(ut_fields, made)
      end
      field.proto = message_fields[key]
    end
  end
end
ut.fields = ut_fields
local timeout = ProtoExpert.new("hxut.timeout", "An instruction blocked for too long", expert.group.RESPONSE_CODE, expert.severity.ERROR)
local bad_code = ProtoExpert.new("hxut.bad_code", "Unknown header code", expert.group.MALFORMED, expert.severity.ERROR)
local no_request = ProtoExpert.new("hxut.no_request", "Answer without a request", expert.group.SEQUENCE, expert.severity.WARN)
ut.experts = {timeout, bad_code, no_request}

arq.prefs.port = Pref.uint("Data port", kDataPort, "UDP port of the board; its reset port is 45054 for 1234, else the next number")

-- Registers ----------------------------------------------------------------------------------------------------------

local found_registers = {}

-- Components whose strides make up the rest, largest stride first; nil if there are none.
local function split(rest, dims, k)
  if k > #dims then
    if rest == 0 then return {} end
    return nil
  end
  local stride, size, name = dims[k][1], dims[k][2], dims[k][3]
  for n = math.min(size - 1, math.floor(rest / stride)), 0, -1 do
    local others = split(rest - n * stride, dims, k + 1)
    if others then
      table.insert(others, 1, name .. " " .. n)
      return others
    end
    if k == #dims then break end
  end
  return nil
end

local function find_register(address)
  local known = found_registers[address]
  if known ~= nil then return known end
  known = false
  for _, register in ipairs(registers) do
    local last = register.base
    for _, dim in ipairs(register.dims) do last = last + dim[1] * (dim[2] - 1) end
    if address >= register.base and address <= last then
      local place = split(address - register.base, register.dims, 1)
      if place then
        local text = register.name
        if #place > 0 then text = text .. " (" .. table.concat(place, ", ") .. ")" end
        if register.words > 1 then text = text .. ", word " .. register.word end
        known = {name = register.name, text = text, fields = register.fields}
        break
      end
    end
  end
  found_registers[address] = known
  return known
end

-- State --------------------------------------------------------------------------------------------------------------
-- Frames are looked at in order once, when Wireshark loads the file; what was found is kept by frame and shown afterwards.

local sessions, shown, sessions_begun

local function new_session()
  sessions_begun = sessions_begun + 1
  return {
    number = sessions_begun,
    [0] = {expect = 0, kept = {}, sent = {}, begun = true},
    [1] = {expect = 0, kept = {}, sent = {}, begun = true},
    pending = "",            -- bytes of an incomplete message from the FPGA
    reads = {}, shifts = {}, loopbacks = {}, read = 1, shift = 1, loopback = 1,
    address = nil,           -- of the write whose data comes next
  }
end

function arq.init()
  sessions, shown, sessions_begun = {}, {}, 0
end
sessions, shown, sessions_begun = {}, {}, 0

-- Bits lsb + width - 1 .. lsb of a message of `size` bytes, as number up to 32 bits and UInt64 above.
local function bits(bytes, lsb, width)
  if width > 32 then
    return UInt64.new(bits(bytes, lsb, 32), bits(bytes, lsb + 32, width - 32))
  end
  local value = 0
  for k = 0, width - 1 do
    local bit = lsb + k
    local byte = bytes:byte(#bytes - math.floor(bit / 8))
    if math.floor(byte / 2 ^ (bit % 8)) % 2 == 1 then value = value + 2 ^ k end
  end
  return value
end

local function link_request(list, position, number, message)
  local request = list[position]
  if not request then
    message.is_lonely = true
    return position
  end
  request.response = number
  message.request = request.frame
  message.register = request.register
  message.address = request.address
  return position + 1
end

local function to_message(session, number, bytes)
  local code = bytes:byte(1)
  local entry = to_fpga[code]
  if not entry then return {unknown = code} end
  local message = {entry = entry, bytes = bytes, frame = number}
  local name = entry.message.name
  if name == "OmnibusAddress" then
    message.address = bits(bytes, 0, 32)
    message.register = find_register(message.address)
    message.is_read = bits(bytes, 36, 1) == 1
    if message.is_read then
      table.insert(session.reads, message)
    else
      session.address = message
    end
  elseif name == "OmnibusData" and session.address then
    message.address, message.register = session.address.address, session.address.register
    message.data = bits(bytes, 0, 32)
    session.address = nil
  elseif name == "JtagData" and bits(bytes, 48, 1) == 1 then
    table.insert(session.shifts, message)
  elseif name == "SystemLoopback" then
    table.insert(session.loopbacks, message)
  end
  return message
end

local function from_message(session, number, entry, bytes)
  local message = {entry = entry, bytes = bytes, frame = number}
  local name = entry.message.name
  if name == "OmnibusData" then
    message.data = bits(bytes, 0, 32)
    session.read = link_request(session.reads, session.read, number, message)
  elseif name == "JtagData" then
    session.shift = link_request(session.shifts, session.shift, number, message)
  elseif name == "Loopback" then
    session.loopback = link_request(session.loopbacks, session.loopback, number, message)
  elseif name == "TimeoutNotification" then
    message.is_timeout = true
  end
  return message
end

-- Appends the messages that these words complete.
local function decode(session, direction, number, payload, out)
  if direction == 0 then
    for at = 1, #payload - 7, 8 do
      local word = payload:sub(at, at + 7)
      if word:byte(1) < 128 then table.insert(out, to_message(session, number, word)) end
    end
    return
  end
  if session.is_lost then return end
  for at = 1, #payload - 7, 8 do
    local word = payload:sub(at, at + 7)
    if session.pending ~= "" or word:byte(1) < 128 then
      local buffer = session.pending .. word
      while buffer ~= "" do
        local code = buffer:byte(1)
        if code >= 128 then
          buffer = ""
          break
        end
        local entry = from_fpga[code]
        if not entry then
          table.insert(out, {unknown = code})
          session.is_lost = true
          return
        end
        if #buffer < entry.size then break end
        table.insert(out, from_message(session, number, entry, buffer:sub(1, entry.size)))
        buffer = buffer:sub(entry.size + 1)
      end
      session.pending = buffer
    end
  end
end

-- Tree -----------------------------------------------------------------------------------------------------------------

local function summary(message)
  if message.unknown then return "unknown code " .. message.unknown end
  local name = message.entry.message.name
  if message.register then
    local verb = message.is_read and "read " or (message.request and "" or "write ")
    local text = name .. " " .. verb .. message.register.text
    if message.data then text = string.format("%s = 0x%x", text, message.data) end
    return text
  end
  if message.address then return string.format("%s 0x%08x", name, message.address) end
  local parts = {}
  for _, field in ipairs(message.entry.message.fields) do
    local value = bits(message.bytes, field.lsb, field.width)
    local text = type(value) == "number" and string.format("%d", value) or tostring(value)
    if field.values and field.values[value] then text = field.values[value] end
    table.insert(parts, field.name .. "=" .. text)
  end
  return name .. (#parts > 0 and " " .. table.concat(parts, " ") or "")
end

local function add_message(tree, range, message)
  if message.unknown then
    local item = tree:add(u.unknown, range, message.unknown):set_generated()
    item:add_proto_expert_info(bad_code)
    return
  end
  local item = tree:add(u.message, range, message.entry.message.name)
  item:set_text(summary(message))
  for _, field in ipairs(message.entry.message.fields) do
    item:add(field.proto, range, bits(message.bytes, field.lsb, field.width))
  end
  if message.address then item:add(u.address, range, message.address):set_generated() end
  if message.register then
    local place = item:add(u.register, range, message.register.name):set_generated()
    place:set_text("Register: " .. message.register.text)
    if message.data then
      for _, field in ipairs(message.register.fields) do
        local value = math.floor(message.data / 2 ^ field[2]) % 2 ^ field[3]
        place:add(u.field, range, string.format("%s = %d", field[1], value)):set_generated()
      end
    end
  end
  if message.request then item:add(u.request, message.request):set_generated() end
  if message.response then item:add(u.response, message.response):set_generated() end
  if message.is_lonely then item:add_proto_expert_info(no_request) end
  if message.is_timeout then item:add_proto_expert_info(timeout) end
end

local function show_messages(tree, range, messages, pinfo)
  if #messages == 0 then return end
  local branch = tree:add(ut, range)
  branch:append_text(", " .. #messages .. (#messages == 1 and " message" or " messages"))
  for _, message in ipairs(messages) do add_message(branch, range, message) end
  local more = #messages > 1 and string.format(" (and %d more)", #messages - 1) or ""
  pinfo.cols.info:append(": " .. summary(messages[1]) .. more)
end

-- HostARQ --------------------------------------------------------------------------------------------------------------

local function reset_port()
  if arq.prefs.port == kDataPort then return kResetPort end
  return arq.prefs.port + 1
end

-- The session and whether the packet goes to the board (0) or comes from it (1).
local function session_of(pinfo)
  local from = tostring(pinfo.src) .. ":" .. pinfo.src_port
  local to = tostring(pinfo.dst) .. ":" .. pinfo.dst_port
  local direction = 0
  if not sessions[from .. ">" .. to] and (sessions[to .. ">" .. from] or pinfo.src_port == arq.prefs.port) then
    direction = 1
  end
  local key = direction == 0 and from .. ">" .. to or to .. ">" .. from
  if not sessions[key] then  -- the capture began after the reset
    sessions[key] = new_session()
    sessions[key][0].begun, sessions[key][1].begun = false, false
  end
  return sessions[key], direction
end

local function take_frame(session, direction, number, seq, kind, payload)
  local result = {messages = {}, session = session.number}
  local receiver = session[direction]
  session.is_used = true
  if not receiver.begun then receiver.expect, receiver.begun = seq, true end
  local distance = (seq - receiver.expect) % kSequenceNumbers
  if distance >= kWindow or receiver.kept[seq] then
    result.first = receiver.sent[seq]
    result.is_repeated = true
    return result
  end
  receiver.sent[seq] = number
  receiver.kept[seq] = {kind = kind, payload = payload}
  result.is_early = distance > 0
  while receiver.kept[receiver.expect] do
    local frame = receiver.kept[receiver.expect]
    receiver.kept[receiver.expect] = nil
    receiver.expect = (receiver.expect + 1) % kSequenceNumbers
    if frame.kind == 0x0010 then decode(session, direction, number, frame.payload, result.messages) end
  end
  return result
end

local function show_frame(buffer, pinfo, tree)
  local size = buffer:len()
  if size == 4 then
    local ack = buffer(0, 4):uint()
    tree:add(f.kind, "ACK"):set_generated()
    tree:add(f.ack, buffer(0, 4))
    pinfo.cols.info:set("ACK " .. ack)
    return
  end
  if size < 12 then
    tree:add_proto_expert_info(bad_length)
    pinfo.cols.info:set("damaged, " .. size .. " bytes")
    return
  end
  local ack, seq, kind, len = buffer(0, 4):uint(), buffer(4, 4):uint(), buffer(8, 2):uint(), buffer(10, 2):uint()
  local name = kTypes[kind] or string.format("type 0x%04x", kind)
  tree:add(f.kind, name):set_generated()
  tree:add(f.ack, buffer(0, 4))
  tree:add(f.seq, buffer(4, 4))
  tree:add(f.type, buffer(8, 2))
  tree:add(f.len, buffer(10, 2))
  pinfo.cols.info:set(string.format("%s SEQ %d ACK %d, %d words", name, seq, ack, len))
  if len == 0 or size < 12 + 8 * len or seq >= kSequenceNumbers then
    tree:add_proto_expert_info(bad_length)
    return
  end
  if size > 12 + 8 * len then tree:add_proto_expert_info(bad_length, "Padding behind the payload") end
  local range = buffer(12, 8 * len)
  tree:add(f.payload, range)
  local result = shown[pinfo.number]
  if not result then
    local session, direction = session_of(pinfo)
    result = take_frame(session, direction, pinfo.number, seq, kind, range:bytes():raw())
    shown[pinfo.number] = result
  end
  tree:add(f.session, result.session):set_generated()
  if kind == 0x8002 and len > 4 and seq == 0 then
    local text = buffer(44, 8 * len - 32):stringz()
    tree:add(f.text, buffer(44, 8 * len - 32), text)
    pinfo.cols.info:append(": " .. text:gsub("\n", "; "))
  end
  if result.is_repeated then
    tree:add(f.repeated, true):set_generated()
    if result.first then tree:add(f.retransmission, result.first):set_generated() end
    tree:add_proto_expert_info(resent)
    pinfo.cols.info:prepend("[Retransmission] ")
  elseif result.is_early then
    tree:add(f.early, true):set_generated()
    pinfo.cols.info:prepend("[Out of order] ")
  end
  show_messages(tree, range, result.messages, pinfo)
end

function arq.dissector(buffer, pinfo, root)
  local size = buffer:len()
  if size == 0 then return 0 end
  pinfo.cols.protocol = "HostARQ"
  local tree = root:add(arq, buffer())
  if size == 4 and buffer(0, 4):uint() == kResetMagic then
    if not shown[pinfo.number] then
      local data_port = pinfo.dst_port == kResetPort and kDataPort or pinfo.dst_port - 1
      local key = tostring(pinfo.src) .. ":" .. pinfo.src_port .. ">" .. tostring(pinfo.dst) .. ":" .. data_port
      if not sessions[key] or sessions[key].is_used then sessions[key] = new_session() end
      shown[pinfo.number] = {session = sessions[key].number, messages = {}}
    end
    tree:add(f.kind, "RESET"):set_generated()
    tree:add(f.session, shown[pinfo.number].session):set_generated()
    pinfo.cols.info:set("RESET, begin of session " .. shown[pinfo.number].session)
    return size
  end
  show_frame(buffer, pinfo, tree)
  return size
end

-- Captures of words ------------------------------------------------------------------------------------------------------

function words_proto.dissector(buffer, pinfo, root)
  if buffer:len() < 4 or buffer(0, 3):string() ~= "HX\1" then return 0 end
  local direction = buffer(3, 1):uint()
  local count = math.floor((buffer:len() - 4) / 8)
  pinfo.cols.protocol = "HX words"
  pinfo.cols.info:set((direction == 0 and "to FPGA, " or "from FPGA, ") .. count .. " words")
  local tree = root:add(words_proto, buffer())
  tree:add(u.words, count)
  if not shown[pinfo.number] then
    sessions.words = sessions.words or new_session()
    local messages = {}
    if count > 0 then
      decode(sessions.words, direction, pinfo.number, buffer(4, 8 * count):bytes():raw(), messages)
    end
    shown[pinfo.number] = {messages = messages}
  end
  if count > 0 then show_messages(tree, buffer(4, 8 * count), shown[pinfo.number].messages, pinfo) end
  return buffer:len()
end

-- Ports ------------------------------------------------------------------------------------------------------------------

local udp_ports = DissectorTable.get("udp.port")
local registered = {}
local function register_ports()
  for _, port in ipairs(registered) do udp_ports:remove(port, arq) end
  registered = {arq.prefs.port, reset_port()}
  for _, port in ipairs(registered) do udp_ports:add(port, arq) end
end
function arq.prefs_changed()
  register_ports()
end
register_ports()
DissectorTable.get("wtap_encap"):add(wtap.USER0, words_proto)
