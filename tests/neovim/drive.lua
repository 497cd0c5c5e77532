-- Does what a person would do in the buffer that is open, and writes what there was to see into seen.json.
local seen = { offered = {} }
local buffer = vim.api.nvim_get_current_buf()

local function await(condition)
  assert(vim.wait(20000, condition, 20), "the editor waited in vain")
end

local function rules()
  local found = vim.diagnostic.get(buffer)
  table.sort(found, function(a, b) return a.severity < b.severity end)
  return found
end

-- What a person who is asked would choose.
vim.ui.select = function(items, options, choose)
  for _, item in ipairs(items) do
    table.insert(seen.offered, (options.format_item(item))) -- the first of two results
  end
  choose(items[1], 1)
end

local function look()
  await(function() return #rules() > 0 end)
  seen.found = vim.tbl_map(function(found) return { found.code, found.lnum, found.col } end, rules())

  vim.api.nvim_win_set_cursor(0, { seen.found[1][2] + 1, seen.found[1][3] + 1 })
  local changed = vim.b.changedtick
  vim.lsp.buf.code_action()
  await(function() return vim.b.changedtick > changed and #rules() < #seen.found end)
  seen.fixed = table.concat(vim.api.nvim_buf_get_lines(buffer, 0, -1, false), "\n")
  seen.remaining = vim.tbl_map(function(found) return found.code end, rules())

  seen.lens = {}
  local answers = vim.lsp.buf_request_sync(0, "textDocument/codeLens", { textDocument = vim.lsp.util.make_text_document_params() }, 20000)
  for _, answer in pairs(answers) do
    for _, lens in ipairs(answer.result) do
      table.insert(seen.lens, lens.command.title)
    end
  end

  vim.bo.modified = false
  vim.fn.search("process_file")
  vim.lsp.buf.definition()
  await(function() return vim.api.nvim_get_current_buf() ~= buffer end)
  seen.jumped = { vim.api.nvim_buf_get_name(0), vim.api.nvim_win_get_cursor(0)[1] }
end

local fine, trouble = pcall(look)
if fine then
  vim.fn.writefile({ vim.fn.json_encode(seen) }, "seen.json")
else
  io.stderr:write(tostring(trouble), "\n", vim.inspect(seen), "\n")
end
vim.cmd("qall!")
