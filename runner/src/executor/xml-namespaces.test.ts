import { expect, test } from 'vitest';
import { readBody } from './read-body.ts';
import { readXml } from './read-xml.ts';

const named = { d: 'DAV:', c: 'urn:cal', '': 'urn:plain' };

test('the same answer reads the same, whatever prefixes the server chose', () => {
  const read = { 'd:list': { 'd:item': { 'c:data': 'x', '@c:kind': 'k', '@id': '1' } } };
  for (const document of [
    '<D:list xmlns:D="DAV:" xmlns:C="urn:cal"><D:item C:kind="k" id="1"><C:data>x</C:data></D:item></D:list>',
    '<list xmlns="DAV:" xmlns:z="urn:cal"><item z:kind="k" id="1"><z:data>x</z:data></item></list>',
    '<list xmlns="DAV:"><item z:kind="k" xmlns:z="urn:cal" id="1"><data xmlns="urn:cal">x</data></item></list>',
    '<d:list xmlns:d="DAV&#58;"><d:item xmlns:d="DAV:" xmlns:c="urn:cal" c:kind="k" id="1"><c:data>x</c:data></d:item></d:list>',
  ])
    expect(readXml(document, named)).toEqual(read);
});

test('a prefix that is declared anew inside means something else there; what is not named stays as it is written', () => {
  expect(
    readXml('<p:a xmlns:p="urn:plain"><p:b xmlns:p="urn:other">x</p:b><p:b>y</p:b><q:c>z</q:c></p:a>', named),
  ).toEqual({ a: { 'p:b': 'x', b: 'y', 'q:c': 'z' } });
  expect(readXml('<a xmlns=""><b xml:lang="en"/></a>', named)).toEqual({ a: { b: { '@xml:lang': 'en' } } });
  // Without names everything is as the server wrote it.
  expect(readXml('<D:a xmlns:D="DAV:"/>')).toEqual({ 'D:a': { '@xmlns:D': 'DAV:' } });
});

test('an answer is read so where the app names namespaces', () => {
  const answer = {
    status: 207,
    headers: { 'content-type': 'application/xml' },
    body: Buffer.from('<x:multistatus xmlns:x="DAV:"/>'),
  };
  expect(readBody(answer, 'xml', 'dav.example', named)).toEqual({ 'd:multistatus': '' });
});
