// Generated from schemas/ by `npm run generate`. Do not edit.
"use strict";
exports.isSourceConfig = validate10;
const schema11 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"Tines Source Spec","type":"object","required":["tenant_domain","api_key","lookback_window_minutes","num_workers","requests_per_minute"],"additionalProperties":true,"properties":{"tenant_domain":{"type":"string","order":0,"title":"Tenant Domain","description":"The domain of your Tines tenant as the browser shows it, without https:// and without a path. A self-hosted tenant may need its port, such as tines.example.com:8443.","examples":["acme.tines.com","quiet-snow-1234.tines.io","tines.example.com:8443"],"minLength":3,"maxLength":260,"pattern":"^[^\\s/\\\\@:?#.]+(\\.[^\\s/\\\\@:?#.]+)+(:[0-9]{1,5})?$","pattern_descriptor":"company.tines.com"},"api_key":{"type":"string","order":1,"title":"API Key","description":"A Tines API key with the permission AUDIT_LOG_READ. A service key is the best choice: it does not stop working when a person leaves. Paste it without blanks or line breaks.","examples":["-Bxk8Zq3dWYc6kvRTyLN"],"airbyte_secret":true,"minLength":1,"pattern":"^[\\x21-\\x7e]+$","pattern_descriptor":"the key alone, without blanks"},"backfill_start_time":{"type":"string","order":2,"title":"Backfill Start Time","always_show":true,"description":"Where the first sync starts, with a time zone, such as 2025-01-31T00:00:00Z. Left empty, an incremental sync brings only what happens from its first run on. Once a sync has run it no longer matters.","examples":["2025-01-31T00:00:00Z","2025-01-31T09:30:00+01:00"],"format":"date-time","pattern":"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$","pattern_descriptor":"YYYY-MM-DDTHH:mm:ssZ"},"user_ids":{"type":"array","order":3,"title":"User IDs","description":"Type the ids of Tines users to bring only what these users did. Left empty, the actions of all users come.","examples":[["7642","7650"]],"items":{"type":"string","minLength":1}},"operation_names":{"type":"array","order":4,"title":"Operation Names","description":"Type names of operations, spelled as Tines spells them, to bring only these. Left empty, all operations come.","examples":[["Login","StoryCreation"]],"items":{"type":"string","minLength":1}},"excluded_operations":{"type":"array","order":5,"title":"Excluded Operations","description":"Type names of operations, spelled as Tines spells them, to leave their entries out, such as those that are many and of no use to you. Left empty, none is left out.","examples":[["Login","StoryItemsMovement"]],"items":{"type":"string","minLength":1}},"lookback_window_minutes":{"type":"integer","order":6,"title":"Lookback Window (Minutes)","description":"How many minutes before its start each sync looks again for entries that Tines showed late. Entries already delivered do not come again. Type a whole number from 1 to 10080.","examples":[10,60],"default":10,"minimum":1,"maximum":10080},"num_workers":{"type":"integer","order":7,"title":"Number of Workers","description":"How many pages are asked for at the same time. Type a whole number from 1 to 32; ten reach the limit of Tines' cloud.","examples":[10],"default":10,"minimum":1,"maximum":32},"requests_per_minute":{"type":"integer","order":8,"title":"Requests per Minute","description":"How many requests a minute this connector may make. Tines' cloud allows 1000; type less when other programs use the same key, or what a self-hosted tenant allows, from 1 to 100000.","examples":[950,300],"default":950,"minimum":1,"maximum":100000},"ca_certificate":{"type":"string","order":9,"title":"CA Certificate","description":"Only for a self-hosted tenant whose certificate a private authority has signed: paste that authority's certificate as PEM text, from -----BEGIN CERTIFICATE----- to -----END CERTIFICATE-----.","examples":["-----BEGIN CERTIFICATE-----\nMIIB...\n-----END CERTIFICATE-----"],"multiline":true},"proxy_url":{"type":"string","order":10,"title":"Proxy URL","description":"Only where the tenant is reached through a proxy: type its address with http:// or https:// and its port, and in front of the host the name and password that it asks for, if any.","examples":["http://proxy.example.com:3128","http://user:password@proxy.example.com:3128"],"airbyte_secret":true,"pattern":"^https?://[^\\s/?#]+/?$","pattern_descriptor":"http://user:password@host:port"}},"$id":"SourceConfig"};
const func2 = require("ajv/dist/runtime/ucs2length").default;
const pattern0 = new RegExp("^[^\\s/\\\\@:?#.]+(\\.[^\\s/\\\\@:?#.]+)+(:[0-9]{1,5})?$", "u");
const pattern1 = new RegExp("^[\\x21-\\x7e]+$", "u");
const pattern2 = new RegExp("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$", "u");
const pattern3 = new RegExp("^https?://[^\\s/?#]+/?$", "u");
const formats0 = require("ajv-formats/dist/formats").fullFormats["date-time"];

function validate10(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="SourceConfig" */;
let vErrors = null;
let errors = 0;
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((((((data.tenant_domain === undefined) && (missing0 = "tenant_domain")) || ((data.api_key === undefined) && (missing0 = "api_key"))) || ((data.lookback_window_minutes === undefined) && (missing0 = "lookback_window_minutes"))) || ((data.num_workers === undefined) && (missing0 = "num_workers"))) || ((data.requests_per_minute === undefined) && (missing0 = "requests_per_minute"))){
validate10.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.tenant_domain !== undefined){
let data0 = data.tenant_domain;
const _errs2 = errors;
if(errors === _errs2){
if(typeof data0 === "string"){
if(func2(data0) > 260){
validate10.errors = [{instancePath:instancePath+"/tenant_domain",schemaPath:"#/properties/tenant_domain/maxLength",keyword:"maxLength",params:{limit: 260},message:"must NOT have more than 260 characters"}];
return false;
}
else {
if(func2(data0) < 3){
validate10.errors = [{instancePath:instancePath+"/tenant_domain",schemaPath:"#/properties/tenant_domain/minLength",keyword:"minLength",params:{limit: 3},message:"must NOT have fewer than 3 characters"}];
return false;
}
else {
if(!pattern0.test(data0)){
validate10.errors = [{instancePath:instancePath+"/tenant_domain",schemaPath:"#/properties/tenant_domain/pattern",keyword:"pattern",params:{pattern: "^[^\\s/\\\\@:?#.]+(\\.[^\\s/\\\\@:?#.]+)+(:[0-9]{1,5})?$"},message:"must match pattern \""+"^[^\\s/\\\\@:?#.]+(\\.[^\\s/\\\\@:?#.]+)+(:[0-9]{1,5})?$"+"\""}];
return false;
}
}
}
}
else {
validate10.errors = [{instancePath:instancePath+"/tenant_domain",schemaPath:"#/properties/tenant_domain/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.api_key !== undefined){
let data1 = data.api_key;
const _errs4 = errors;
if(errors === _errs4){
if(typeof data1 === "string"){
if(func2(data1) < 1){
validate10.errors = [{instancePath:instancePath+"/api_key",schemaPath:"#/properties/api_key/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
else {
if(!pattern1.test(data1)){
validate10.errors = [{instancePath:instancePath+"/api_key",schemaPath:"#/properties/api_key/pattern",keyword:"pattern",params:{pattern: "^[\\x21-\\x7e]+$"},message:"must match pattern \""+"^[\\x21-\\x7e]+$"+"\""}];
return false;
}
}
}
else {
validate10.errors = [{instancePath:instancePath+"/api_key",schemaPath:"#/properties/api_key/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.backfill_start_time !== undefined){
let data2 = data.backfill_start_time;
const _errs6 = errors;
if(errors === _errs6){
if(errors === _errs6){
if(typeof data2 === "string"){
if(!pattern2.test(data2)){
validate10.errors = [{instancePath:instancePath+"/backfill_start_time",schemaPath:"#/properties/backfill_start_time/pattern",keyword:"pattern",params:{pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"},message:"must match pattern \""+"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"+"\""}];
return false;
}
else {
if(!(formats0.validate(data2))){
validate10.errors = [{instancePath:instancePath+"/backfill_start_time",schemaPath:"#/properties/backfill_start_time/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
}
else {
validate10.errors = [{instancePath:instancePath+"/backfill_start_time",schemaPath:"#/properties/backfill_start_time/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid0 = _errs6 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.user_ids !== undefined){
let data3 = data.user_ids;
const _errs8 = errors;
if(errors === _errs8){
if(Array.isArray(data3)){
var valid1 = true;
const len0 = data3.length;
for(let i0=0; i0<len0; i0++){
let data4 = data3[i0];
const _errs10 = errors;
if(errors === _errs10){
if(typeof data4 === "string"){
if(func2(data4) < 1){
validate10.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/properties/user_ids/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
}
else {
validate10.errors = [{instancePath:instancePath+"/user_ids/" + i0,schemaPath:"#/properties/user_ids/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid1 = _errs10 === errors;
if(!valid1){
break;
}
}
}
else {
validate10.errors = [{instancePath:instancePath+"/user_ids",schemaPath:"#/properties/user_ids/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs8 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.operation_names !== undefined){
let data5 = data.operation_names;
const _errs12 = errors;
if(errors === _errs12){
if(Array.isArray(data5)){
var valid2 = true;
const len1 = data5.length;
for(let i1=0; i1<len1; i1++){
let data6 = data5[i1];
const _errs14 = errors;
if(errors === _errs14){
if(typeof data6 === "string"){
if(func2(data6) < 1){
validate10.errors = [{instancePath:instancePath+"/operation_names/" + i1,schemaPath:"#/properties/operation_names/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
}
else {
validate10.errors = [{instancePath:instancePath+"/operation_names/" + i1,schemaPath:"#/properties/operation_names/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid2 = _errs14 === errors;
if(!valid2){
break;
}
}
}
else {
validate10.errors = [{instancePath:instancePath+"/operation_names",schemaPath:"#/properties/operation_names/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs12 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.excluded_operations !== undefined){
let data7 = data.excluded_operations;
const _errs16 = errors;
if(errors === _errs16){
if(Array.isArray(data7)){
var valid3 = true;
const len2 = data7.length;
for(let i2=0; i2<len2; i2++){
let data8 = data7[i2];
const _errs18 = errors;
if(errors === _errs18){
if(typeof data8 === "string"){
if(func2(data8) < 1){
validate10.errors = [{instancePath:instancePath+"/excluded_operations/" + i2,schemaPath:"#/properties/excluded_operations/items/minLength",keyword:"minLength",params:{limit: 1},message:"must NOT have fewer than 1 characters"}];
return false;
}
}
else {
validate10.errors = [{instancePath:instancePath+"/excluded_operations/" + i2,schemaPath:"#/properties/excluded_operations/items/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid3 = _errs18 === errors;
if(!valid3){
break;
}
}
}
else {
validate10.errors = [{instancePath:instancePath+"/excluded_operations",schemaPath:"#/properties/excluded_operations/type",keyword:"type",params:{type: "array"},message:"must be array"}];
return false;
}
}
var valid0 = _errs16 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.lookback_window_minutes !== undefined){
let data9 = data.lookback_window_minutes;
const _errs20 = errors;
if(!(((typeof data9 == "number") && (!(data9 % 1) && !isNaN(data9))) && (isFinite(data9)))){
validate10.errors = [{instancePath:instancePath+"/lookback_window_minutes",schemaPath:"#/properties/lookback_window_minutes/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs20){
if((typeof data9 == "number") && (isFinite(data9))){
if(data9 > 10080 || isNaN(data9)){
validate10.errors = [{instancePath:instancePath+"/lookback_window_minutes",schemaPath:"#/properties/lookback_window_minutes/maximum",keyword:"maximum",params:{comparison: "<=", limit: 10080},message:"must be <= 10080"}];
return false;
}
else {
if(data9 < 1 || isNaN(data9)){
validate10.errors = [{instancePath:instancePath+"/lookback_window_minutes",schemaPath:"#/properties/lookback_window_minutes/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"}];
return false;
}
}
}
}
var valid0 = _errs20 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.num_workers !== undefined){
let data10 = data.num_workers;
const _errs22 = errors;
if(!(((typeof data10 == "number") && (!(data10 % 1) && !isNaN(data10))) && (isFinite(data10)))){
validate10.errors = [{instancePath:instancePath+"/num_workers",schemaPath:"#/properties/num_workers/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs22){
if((typeof data10 == "number") && (isFinite(data10))){
if(data10 > 32 || isNaN(data10)){
validate10.errors = [{instancePath:instancePath+"/num_workers",schemaPath:"#/properties/num_workers/maximum",keyword:"maximum",params:{comparison: "<=", limit: 32},message:"must be <= 32"}];
return false;
}
else {
if(data10 < 1 || isNaN(data10)){
validate10.errors = [{instancePath:instancePath+"/num_workers",schemaPath:"#/properties/num_workers/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"}];
return false;
}
}
}
}
var valid0 = _errs22 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.requests_per_minute !== undefined){
let data11 = data.requests_per_minute;
const _errs24 = errors;
if(!(((typeof data11 == "number") && (!(data11 % 1) && !isNaN(data11))) && (isFinite(data11)))){
validate10.errors = [{instancePath:instancePath+"/requests_per_minute",schemaPath:"#/properties/requests_per_minute/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
if(errors === _errs24){
if((typeof data11 == "number") && (isFinite(data11))){
if(data11 > 100000 || isNaN(data11)){
validate10.errors = [{instancePath:instancePath+"/requests_per_minute",schemaPath:"#/properties/requests_per_minute/maximum",keyword:"maximum",params:{comparison: "<=", limit: 100000},message:"must be <= 100000"}];
return false;
}
else {
if(data11 < 1 || isNaN(data11)){
validate10.errors = [{instancePath:instancePath+"/requests_per_minute",schemaPath:"#/properties/requests_per_minute/minimum",keyword:"minimum",params:{comparison: ">=", limit: 1},message:"must be >= 1"}];
return false;
}
}
}
}
var valid0 = _errs24 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.ca_certificate !== undefined){
const _errs26 = errors;
if(typeof data.ca_certificate !== "string"){
validate10.errors = [{instancePath:instancePath+"/ca_certificate",schemaPath:"#/properties/ca_certificate/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
var valid0 = _errs26 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.proxy_url !== undefined){
let data13 = data.proxy_url;
const _errs28 = errors;
if(errors === _errs28){
if(typeof data13 === "string"){
if(!pattern3.test(data13)){
validate10.errors = [{instancePath:instancePath+"/proxy_url",schemaPath:"#/properties/proxy_url/pattern",keyword:"pattern",params:{pattern: "^https?://[^\\s/?#]+/?$"},message:"must match pattern \""+"^https?://[^\\s/?#]+/?$"+"\""}];
return false;
}
}
else {
validate10.errors = [{instancePath:instancePath+"/proxy_url",schemaPath:"#/properties/proxy_url/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
var valid0 = _errs28 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
}
}
}
}
}
else {
validate10.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate10.errors = vErrors;
return errors === 0;
}

exports.isAuditLogsState = validate11;
const schema12 = {"$schema":"http://json-schema.org/draft-07/schema#","title":"Audit Logs State","description":"Where a sync of audit_logs ended. A state of only a timestamp, written by hand, starts there.","type":"object","required":["timestamp"],"additionalProperties":true,"properties":{"timestamp":{"type":"string","format":"date-time","description":"The position: no record delivered so far has a later timestamp, but for one whose timestamp lies minutes after its created_at. ISO 8601, UTC, milliseconds."},"id":{"type":["string","null"],"description":"Id of the entry delivered last."},"recent_from":{"type":["string","null"],"format":"date-time","description":"Where the next sync starts reading, by created_at. ISO 8601, UTC."},"recent_ids":{"type":["object","null"],"additionalProperties":{"anyOf":[{"type":"string","description":"Integers, ascending: the first, then each as its difference from the one before."},{"type":"array","items":{"type":"string"},"description":"Ids as they are. The only form of version 0.1."},{"type":"object","required":["integers","others"],"additionalProperties":false,"properties":{"integers":{"type":"string"},"others":{"type":"array","items":{"type":"string"}}},"description":"Both."}]},"description":"Ids of all entries delivered from recent_from on, by the last second of the five minutes in which they were created."},"config":{"type":["string","null"],"description":"Fingerprints of tenant and of filters, joined by a dot: tell when they changed. One for both in version 0.1."},"last_sync":{"type":["object","null"],"required":["timestamp","at","start","lookback_minutes"],"additionalProperties":true,"properties":{"timestamp":{"type":"string","format":"date-time","description":"A copy of timestamp as it was written. Where the two differ, timestamp was changed by hand: the next sync starts there, and recent_ids are left out."},"at":{"type":"string","format":"date-time","description":"When the sync began."},"start":{"type":"string","format":"date-time","description":"The earliest time that was ever asked for."},"lookback_minutes":{"type":"integer","description":"Lookback Window of that sync."}},"description":"What a later sync learns of the one that wrote this state. Absent before version 0.3."}},"$id":"AuditLogsState"};

function validate11(data, {instancePath="", parentData, parentDataProperty, rootData=data}={}){
/*# sourceURL="AuditLogsState" */;
let vErrors = null;
let errors = 0;
if(errors === 0){
if(data && typeof data == "object" && !Array.isArray(data)){
let missing0;
if((data.timestamp === undefined) && (missing0 = "timestamp")){
validate11.errors = [{instancePath,schemaPath:"#/required",keyword:"required",params:{missingProperty: missing0},message:"must have required property '"+missing0+"'"}];
return false;
}
else {
if(data.timestamp !== undefined){
let data0 = data.timestamp;
const _errs2 = errors;
if(errors === _errs2){
if(errors === _errs2){
if(typeof data0 === "string"){
if(!(formats0.validate(data0))){
validate11.errors = [{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestamp/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
else {
validate11.errors = [{instancePath:instancePath+"/timestamp",schemaPath:"#/properties/timestamp/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid0 = _errs2 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.id !== undefined){
let data1 = data.id;
const _errs4 = errors;
if((typeof data1 !== "string") && (data1 !== null)){
validate11.errors = [{instancePath:instancePath+"/id",schemaPath:"#/properties/id/type",keyword:"type",params:{type: schema12.properties.id.type},message:"must be string,null"}];
return false;
}
var valid0 = _errs4 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.recent_from !== undefined){
let data2 = data.recent_from;
const _errs6 = errors;
if((typeof data2 !== "string") && (data2 !== null)){
validate11.errors = [{instancePath:instancePath+"/recent_from",schemaPath:"#/properties/recent_from/type",keyword:"type",params:{type: schema12.properties.recent_from.type},message:"must be string,null"}];
return false;
}
if(errors === _errs6){
if(errors === _errs6){
if(typeof data2 === "string"){
if(!(formats0.validate(data2))){
validate11.errors = [{instancePath:instancePath+"/recent_from",schemaPath:"#/properties/recent_from/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
}
}
var valid0 = _errs6 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.recent_ids !== undefined){
let data3 = data.recent_ids;
const _errs8 = errors;
if((!(data3 && typeof data3 == "object" && !Array.isArray(data3))) && (data3 !== null)){
validate11.errors = [{instancePath:instancePath+"/recent_ids",schemaPath:"#/properties/recent_ids/type",keyword:"type",params:{type: schema12.properties.recent_ids.type},message:"must be object,null"}];
return false;
}
if(errors === _errs8){
if(data3 && typeof data3 == "object" && !Array.isArray(data3)){
for(const key0 in data3){
let data4 = data3[key0];
const _errs11 = errors;
const _errs12 = errors;
let valid2 = false;
const _errs13 = errors;
if(typeof data4 !== "string"){
const err0 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/0/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err0];
}
else {
vErrors.push(err0);
}
errors++;
}
var _valid0 = _errs13 === errors;
valid2 = valid2 || _valid0;
if(!valid2){
const _errs15 = errors;
if(errors === _errs15){
if(Array.isArray(data4)){
var valid3 = true;
const len0 = data4.length;
for(let i0=0; i0<len0; i0++){
const _errs17 = errors;
if(typeof data4[i0] !== "string"){
const err1 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/" + i0,schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/1/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err1];
}
else {
vErrors.push(err1);
}
errors++;
}
var valid3 = _errs17 === errors;
if(!valid3){
break;
}
}
}
else {
const err2 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/1/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err2];
}
else {
vErrors.push(err2);
}
errors++;
}
}
var _valid0 = _errs15 === errors;
valid2 = valid2 || _valid0;
if(!valid2){
const _errs19 = errors;
if(errors === _errs19){
if(data4 && typeof data4 == "object" && !Array.isArray(data4)){
let missing1;
if(((data4.integers === undefined) && (missing1 = "integers")) || ((data4.others === undefined) && (missing1 = "others"))){
const err3 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/2/required",keyword:"required",params:{missingProperty: missing1},message:"must have required property '"+missing1+"'"};
if(vErrors === null){
vErrors = [err3];
}
else {
vErrors.push(err3);
}
errors++;
}
else {
const _errs21 = errors;
for(const key1 in data4){
if(!((key1 === "integers") || (key1 === "others"))){
const err4 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/2/additionalProperties",keyword:"additionalProperties",params:{additionalProperty: key1},message:"must NOT have additional properties"};
if(vErrors === null){
vErrors = [err4];
}
else {
vErrors.push(err4);
}
errors++;
break;
}
}
if(_errs21 === errors){
if(data4.integers !== undefined){
const _errs22 = errors;
if(typeof data4.integers !== "string"){
const err5 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/integers",schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/2/properties/integers/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err5];
}
else {
vErrors.push(err5);
}
errors++;
}
var valid4 = _errs22 === errors;
}
else {
var valid4 = true;
}
if(valid4){
if(data4.others !== undefined){
let data7 = data4.others;
const _errs24 = errors;
if(errors === _errs24){
if(Array.isArray(data7)){
var valid5 = true;
const len1 = data7.length;
for(let i1=0; i1<len1; i1++){
const _errs26 = errors;
if(typeof data7[i1] !== "string"){
const err6 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/others/" + i1,schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/2/properties/others/items/type",keyword:"type",params:{type: "string"},message:"must be string"};
if(vErrors === null){
vErrors = [err6];
}
else {
vErrors.push(err6);
}
errors++;
}
var valid5 = _errs26 === errors;
if(!valid5){
break;
}
}
}
else {
const err7 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1")+"/others",schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/2/properties/others/type",keyword:"type",params:{type: "array"},message:"must be array"};
if(vErrors === null){
vErrors = [err7];
}
else {
vErrors.push(err7);
}
errors++;
}
}
var valid4 = _errs24 === errors;
}
else {
var valid4 = true;
}
}
}
}
}
else {
const err8 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/recent_ids/additionalProperties/anyOf/2/type",keyword:"type",params:{type: "object"},message:"must be object"};
if(vErrors === null){
vErrors = [err8];
}
else {
vErrors.push(err8);
}
errors++;
}
}
var _valid0 = _errs19 === errors;
valid2 = valid2 || _valid0;
}
}
if(!valid2){
const err9 = {instancePath:instancePath+"/recent_ids/" + key0.replace(/~/g, "~0").replace(/\//g, "~1"),schemaPath:"#/properties/recent_ids/additionalProperties/anyOf",keyword:"anyOf",params:{},message:"must match a schema in anyOf"};
if(vErrors === null){
vErrors = [err9];
}
else {
vErrors.push(err9);
}
errors++;
validate11.errors = vErrors;
return false;
}
else {
errors = _errs12;
if(vErrors !== null){
if(_errs12){
vErrors.length = _errs12;
}
else {
vErrors = null;
}
}
}
var valid1 = _errs11 === errors;
if(!valid1){
break;
}
}
}
}
var valid0 = _errs8 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.config !== undefined){
let data9 = data.config;
const _errs28 = errors;
if((typeof data9 !== "string") && (data9 !== null)){
validate11.errors = [{instancePath:instancePath+"/config",schemaPath:"#/properties/config/type",keyword:"type",params:{type: schema12.properties.config.type},message:"must be string,null"}];
return false;
}
var valid0 = _errs28 === errors;
}
else {
var valid0 = true;
}
if(valid0){
if(data.last_sync !== undefined){
let data10 = data.last_sync;
const _errs30 = errors;
if((!(data10 && typeof data10 == "object" && !Array.isArray(data10))) && (data10 !== null)){
validate11.errors = [{instancePath:instancePath+"/last_sync",schemaPath:"#/properties/last_sync/type",keyword:"type",params:{type: schema12.properties.last_sync.type},message:"must be object,null"}];
return false;
}
if(errors === _errs30){
if(data10 && typeof data10 == "object" && !Array.isArray(data10)){
let missing2;
if(((((data10.timestamp === undefined) && (missing2 = "timestamp")) || ((data10.at === undefined) && (missing2 = "at"))) || ((data10.start === undefined) && (missing2 = "start"))) || ((data10.lookback_minutes === undefined) && (missing2 = "lookback_minutes"))){
validate11.errors = [{instancePath:instancePath+"/last_sync",schemaPath:"#/properties/last_sync/required",keyword:"required",params:{missingProperty: missing2},message:"must have required property '"+missing2+"'"}];
return false;
}
else {
if(data10.timestamp !== undefined){
let data11 = data10.timestamp;
const _errs33 = errors;
if(errors === _errs33){
if(errors === _errs33){
if(typeof data11 === "string"){
if(!(formats0.validate(data11))){
validate11.errors = [{instancePath:instancePath+"/last_sync/timestamp",schemaPath:"#/properties/last_sync/properties/timestamp/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
else {
validate11.errors = [{instancePath:instancePath+"/last_sync/timestamp",schemaPath:"#/properties/last_sync/properties/timestamp/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid6 = _errs33 === errors;
}
else {
var valid6 = true;
}
if(valid6){
if(data10.at !== undefined){
let data12 = data10.at;
const _errs35 = errors;
if(errors === _errs35){
if(errors === _errs35){
if(typeof data12 === "string"){
if(!(formats0.validate(data12))){
validate11.errors = [{instancePath:instancePath+"/last_sync/at",schemaPath:"#/properties/last_sync/properties/at/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
else {
validate11.errors = [{instancePath:instancePath+"/last_sync/at",schemaPath:"#/properties/last_sync/properties/at/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid6 = _errs35 === errors;
}
else {
var valid6 = true;
}
if(valid6){
if(data10.start !== undefined){
let data13 = data10.start;
const _errs37 = errors;
if(errors === _errs37){
if(errors === _errs37){
if(typeof data13 === "string"){
if(!(formats0.validate(data13))){
validate11.errors = [{instancePath:instancePath+"/last_sync/start",schemaPath:"#/properties/last_sync/properties/start/format",keyword:"format",params:{format: "date-time"},message:"must match format \""+"date-time"+"\""}];
return false;
}
}
else {
validate11.errors = [{instancePath:instancePath+"/last_sync/start",schemaPath:"#/properties/last_sync/properties/start/type",keyword:"type",params:{type: "string"},message:"must be string"}];
return false;
}
}
}
var valid6 = _errs37 === errors;
}
else {
var valid6 = true;
}
if(valid6){
if(data10.lookback_minutes !== undefined){
let data14 = data10.lookback_minutes;
const _errs39 = errors;
if(!(((typeof data14 == "number") && (!(data14 % 1) && !isNaN(data14))) && (isFinite(data14)))){
validate11.errors = [{instancePath:instancePath+"/last_sync/lookback_minutes",schemaPath:"#/properties/last_sync/properties/lookback_minutes/type",keyword:"type",params:{type: "integer"},message:"must be integer"}];
return false;
}
var valid6 = _errs39 === errors;
}
else {
var valid6 = true;
}
}
}
}
}
}
}
var valid0 = _errs30 === errors;
}
else {
var valid0 = true;
}
}
}
}
}
}
}
}
else {
validate11.errors = [{instancePath,schemaPath:"#/type",keyword:"type",params:{type: "object"},message:"must be object"}];
return false;
}
}
validate11.errors = vErrors;
return errors === 0;
}
